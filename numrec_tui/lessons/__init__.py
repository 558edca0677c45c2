"""What is explained: the worked example, its steps and their questions; no screen in it."""
