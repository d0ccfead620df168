"""Operations: the server, the pooler and what else runs around the database, each tested for real."""
