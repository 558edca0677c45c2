"""Training on several cores: worker processes, and the choice of how many."""
