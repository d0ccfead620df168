"""Ours beside the documents' own tables: hot queries, figures over everything, ingest (`make bench`)."""
