"""What the runner promises when it, its session or its server is struck down at the worst moment."""
