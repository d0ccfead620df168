"""Backups: what is stored can be restored, what is broken is noticed, on real servers and a real store."""
