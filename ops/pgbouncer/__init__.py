"""PgBouncer: its configuration, its look-up of passwords, its report."""
