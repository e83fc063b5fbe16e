"""The statistic eudr_deforestation: loss after the cut-off on forest of 2020; METHOD.md is its specification."""
