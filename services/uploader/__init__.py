"""Writes staged plots to the database."""
