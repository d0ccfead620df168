"""The core schema: who may do what, and what the database refuses whoever asks."""
