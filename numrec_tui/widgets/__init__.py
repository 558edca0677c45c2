"""The parts of a screen: one widget, one file."""
