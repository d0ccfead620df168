"""The server, the pooler and the monitoring of this checkout, to try things in: make ops/up."""
