"""Plots whose outline leaves nothing to mend, read and judged by compiled code; all others take the long way."""
