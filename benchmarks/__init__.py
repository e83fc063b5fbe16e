"""Speed and memory, measured: never a test, always beside named alternatives of the same run."""
