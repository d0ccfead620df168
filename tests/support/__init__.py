"""What the tests stand on: servers, databases, logins, the runner as a subprocess."""
