"""The statistic luc_emissions: emissions of land-use change, and those beside biomass; METHOD.md is its specification."""
