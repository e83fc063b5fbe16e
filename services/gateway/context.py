"""What a request carries through the gateway: the services it stands on, its id, and whose it is."""

from typing import Final

from aiohttp import web

from services.gateway.limits import Buckets
from services.gateway.passwords import Passwords
from services.gateway.progress_feed import ProgressFeeds
from services.gateway.progress_rows import FailureBook
from services.gateway.tokens import Tokens
from shared.service import Resources

RESOURCES: Final = web.AppKey("resources", Resources)
TOKENS: Final = web.AppKey("tokens", Tokens)
PASSWORDS: Final = web.AppKey("passwords", Passwords)
BUCKETS: Final = web.AppKey("buckets", Buckets)
FAILURES: Final = web.AppKey("failures", FailureBook)
FEEDS: Final = web.AppKey("feeds", ProgressFeeds)

OWNER: Final = web.RequestKey("owner", str)
INSTANCE: Final = web.RequestKey("instance", str)
"""Names the request in its problem and in the log."""

LOCAL_OWNER: Final = "local"
"""Owner of what is sent without a token to `services.local` on loopback."""


def resources_of(request: web.Request) -> Resources:
    """Database, bus, blobs and settings of this gateway."""
    return request.app[RESOURCES]


def owner_of(request: web.Request) -> str:
    """The owner that the request speaks for; only on routes that need one."""
    return request[OWNER]
