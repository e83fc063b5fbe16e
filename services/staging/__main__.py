"""`python -m services.staging`: hears `batch.process.v1`."""

from services.staging.worker import staging
from shared.service import run

run("staging", staging)
