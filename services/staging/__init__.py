"""Staging: a file of plots in, checked and sorted plots out."""
