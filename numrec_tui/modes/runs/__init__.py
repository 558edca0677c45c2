"""Mode 5, Runs: a table of all runs, their curves and their details."""
