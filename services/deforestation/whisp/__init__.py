"""Whisp's convergence of evidence beside our own class: eleven indicators and three decision trees (methods 1.4)."""
