"""BA Copilot: whose rows they are, what is kept of them, and in which order they come."""
