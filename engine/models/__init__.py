"""Model files: a trained network on disk."""
