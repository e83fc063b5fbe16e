"""The Python client of Plotproof: HTTP only, so that it runs wherever httpx does."""

from client.api import PlotproofClient
from client.credentials import CredentialsFile, Tokens
from client.errors import ClientError, Incomplete, ProblemError, Unreachable
from client.models import Collection, Rejection, Submission

__all__ = [
    "ClientError",
    "Collection",
    "CredentialsFile",
    "Incomplete",
    "PlotproofClient",
    "ProblemError",
    "Rejection",
    "Submission",
    "Tokens",
    "Unreachable",
]
