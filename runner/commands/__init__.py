"""The commands, a module for each family; runner/cli.py names them and imports the one that runs."""
