"""One training session: the thread, what it does, and what it reports; no screen in it."""
