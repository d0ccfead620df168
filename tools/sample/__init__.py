"""The sample rows of sql/samples/, loaded and removed: `make sample`, `make sample/remove`."""
