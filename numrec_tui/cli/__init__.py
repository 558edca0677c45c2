"""The command line: one command, one file; none of them imports Textual."""
