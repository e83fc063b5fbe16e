"""What each statistic says of one plot: the one definition that is filled, stored, streamed and documented."""
