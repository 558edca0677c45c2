"""Text on its way to a person: cut to a width, and escaped where it came from outside."""
