"""Geometry on WGS84, as pure functions over arrays of shapely geometries in lon/lat: areas, discs, buffers, order, hashes."""
