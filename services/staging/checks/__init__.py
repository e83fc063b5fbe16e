"""Checks of plots that were read: pure functions over arrays, thresholds in thresholds.toml, words in checks.toml."""
