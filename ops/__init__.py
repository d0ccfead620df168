"""What runs around the database: the server's configuration, the pooler, and a stack to try them in."""
