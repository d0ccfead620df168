"""Physical backups by pgBackRest: configuration, checks of what it keeps, recovery to a point in time."""
