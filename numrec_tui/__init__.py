"""What a person sees: the terminal app and the command line."""

__version__ = "0.1.0"
