"""`python -m services.gateway`: serves HOST:PORT."""

from services.gateway.app import gateway
from shared.service import run

run("gateway", gateway)
