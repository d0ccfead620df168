"""The database's own maintenance and monitoring: schema ops."""
