"""Curves over epochs: drawn in cells, written as SVG and CSV."""
