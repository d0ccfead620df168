"""What the migrations make, written down: sql/schema.sql and docs/schema/ (`make generate`)."""
