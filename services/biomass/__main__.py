"""`python -m services.biomass`: hears `stat.compute.v1.luc_emissions`."""

from services.biomass.service import biomass
from shared.service import run

run("biomass", biomass, queues=("biomass",))
