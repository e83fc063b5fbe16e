"""The statistic water: stress, climate and crop water of a plot; METHOD.md is its specification."""
