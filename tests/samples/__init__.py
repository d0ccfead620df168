"""The sample rows: loaded, interrupted, removed."""
