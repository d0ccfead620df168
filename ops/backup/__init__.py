"""Backups of two kinds: dumps of a database by pg_dump, and physical ones of a server by pgBackRest."""
