"""Mode 3, Draw: a pad, and how what is drawn on it is read."""
