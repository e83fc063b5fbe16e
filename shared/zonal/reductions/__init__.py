"""Reductions of covered cells to numbers: one pure function each, joined over blocks."""
