"""The network, its data and its training: NumPy only, no terminal."""
