"""Exact zonal statistics: a lon/lat grid, the coverage of its cells by plots, and sums over that coverage."""
