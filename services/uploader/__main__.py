"""`python -m services.uploader`: hears `plots.staged.v1`."""

from services.uploader.worker import uploader
from shared.service import run

run("uploader", uploader)
