"""Version 1 of every message; a breaking change becomes a sibling package and a new type."""
