"""What services stand on: errors, settings, bus, database, blobs, geometry, rasters and zonal sums."""
