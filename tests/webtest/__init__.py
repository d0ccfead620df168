"""AI-Web-Test: what its tables refuse, who sees and writes what, and which index answers what."""
