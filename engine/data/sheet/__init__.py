"""Printed sheets to draw on: their layout, the squares that tell it, printing, and reading."""
