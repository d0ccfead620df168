"""Physical backups by pgBackRest: its configuration, checks of what it keeps, recovery to a point in time."""
