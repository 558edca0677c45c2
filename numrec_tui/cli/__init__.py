"""The command line: one command, one file; Textual is imported only to open the app."""
