"""Mode 2, Digits: the digits of a set, the mistakes, and one digit large."""
