"""`python -m services.water`: hears `stat.compute.v1.water`."""

from services.water.service import water
from shared.service import run

run("water", water, queues=("water",))
