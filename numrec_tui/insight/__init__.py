"""What a network takes digits for, and why: predictions, attribution, units, weights, health."""
