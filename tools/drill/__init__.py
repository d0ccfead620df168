"""The disaster drill: `make drill` loses a server with its disk under writes, gets it back, and measures."""
