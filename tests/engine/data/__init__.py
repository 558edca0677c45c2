"""Tests of reading and splitting digits."""
