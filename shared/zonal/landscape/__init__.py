"""Metrics of landscape structure over a raster of classes: patches, edges, core, composition, distances and networks."""
