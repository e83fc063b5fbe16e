"""The statistic `luc_emissions`: what cleared forest under a plot has emitted, charged to a reporting year."""
