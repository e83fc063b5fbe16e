"""`python -m services.deforestation`: hears `stat.compute.v1.eudr_deforestation`."""

from services.deforestation.service import deforestation
from shared.service import run

run("deforestation", deforestation, queues=("deforestation",))
