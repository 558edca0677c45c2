"""Mode 1, Train: hyperparameters, the chart, and digits being read."""
