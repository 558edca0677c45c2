"""The runs that were made: recorded while they train, kept in one SQLite file, listed, exported."""
