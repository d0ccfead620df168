"""The read-only copy that the AI Development Assistant falls back to."""
