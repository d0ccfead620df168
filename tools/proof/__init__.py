"""Proofs over every migration, on a server of their own: `make prove`, `make locks`."""
