"""`python -m services.tracker`: hears `plots.uploaded.v1`, `stats.requested.v1`, `stage.event.v1` and parked messages."""

from services.tracker.worker import tracker
from shared.service import run

run("tracker", tracker)
