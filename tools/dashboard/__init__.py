"""The dashboard as it looks while eight programs work: `make ops/picture`."""
