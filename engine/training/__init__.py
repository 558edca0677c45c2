"""Training: what can be set, everything that changes, and the loop that changes it."""
