"""The raster layers: what they are (catalogue) and what they say at the cells of a grid (reader)."""
