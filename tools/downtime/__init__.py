"""What programs notice of migrations: `make downtime`."""
