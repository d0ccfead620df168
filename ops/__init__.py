"""Operations: the server, the pooler and what else runs around the database, each run for real by a test."""
