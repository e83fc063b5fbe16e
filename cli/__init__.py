"""The `plotproof` command."""
