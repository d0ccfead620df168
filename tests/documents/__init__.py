"""The documents' own queries, unchanged, on fixtures counted by hand."""
