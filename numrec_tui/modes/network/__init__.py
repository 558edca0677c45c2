"""Mode 4, Network: weights as pictures, layers, units, and their way through training."""
