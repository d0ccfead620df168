"""The runner's promises, each kept against a real server."""
