"""The zonal engine beside other ways to the same numbers, on rasters and plots made for it."""
