"""PostgreSQL: settings by size, who may connect, the logins."""
