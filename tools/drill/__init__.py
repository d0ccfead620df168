"""The disaster drill: `make drill` loses a server with its disk under writes, and gets it back."""
