"""Who may speak to a gateway that asks for no token: programs of this machine, and no web page of somebody else."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from services.gateway.problems import Problem

NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine; a loopback host to listen on is one of them too."""
OWN_SITE: Final = frozenset({"same-origin", "none"})


def is_loopback(host: str) -> bool:
    """True when only this machine can reach a server on `host`."""
    return host in NAMES


def check_is_local(request: web.Request, port: int) -> None:
    """Raise `Problem` 403 for a foreign Host (DNS rebinding), a page of another site, or a proxy's request."""
    if not _is_ours(f"//{request.headers.get('Host', '')}", port):
        raise _forbidden("the Host header does not name this machine and port")
    if any(name.lower().startswith("x-forwarded") or name.lower() == "forwarded" for name in request.headers):
        raise _forbidden("a request through a proxy needs a server with a signing key")
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
        raise _forbidden("the request comes from the page of another site")
    if (origin := request.headers.get("Origin")) is not None and not _is_ours(origin, port):
        raise _forbidden("the request comes from the page of another site")


def _is_ours(address: str, port: int) -> bool:
    try:
        parts = urlsplit(address)
        return parts.hostname in NAMES and (parts.port or 80) == port
    except ValueError:  # not an address at all
        return False


def _forbidden(reason: str) -> Problem:
    return Problem(403, "forbidden", f"This server asks for no token, so it answers only programs of this machine: {reason}.")
