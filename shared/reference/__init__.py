"""What plots are compared with: their regions, windows of the same size elsewhere in them, and the comparison itself; pure."""
