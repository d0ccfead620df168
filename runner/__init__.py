"""Footing's migration runner: what a deploy host needs to apply the numbered SQL of this repository."""

__version__ = "0.1.0"
