"""Mode 6, Learn: the network explained number by number."""
