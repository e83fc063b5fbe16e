"""`python -m services.biodiversity`: hears `stat.compute.v1.biodiversity`."""

from services.biodiversity.service import biodiversity
from shared.service import run

run("biodiversity", biodiversity, queues=("biodiversity",))
