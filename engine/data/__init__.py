"""Digits: reading them, keeping them small in memory, and handing them out in batches."""
