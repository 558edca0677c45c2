"""The terminal the app runs in: its input, its output, and its restoration."""
