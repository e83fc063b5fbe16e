"""Emissions beside biomass: fertilisers, lime, urea, residues, rice, energy, pesticides, processing and transport (methods 2.8)."""
