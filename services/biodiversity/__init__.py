"""The statistic biodiversity: canopy heterogeneity, landscape structure, intactness and sites; METHOD.md is its specification."""
