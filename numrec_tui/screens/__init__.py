"""The modes of the app: one screen, one file."""
