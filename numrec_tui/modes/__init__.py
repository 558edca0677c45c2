"""The modes of the app: each in a folder of its own, and what they share."""
