"""Logs: one JSON object a line (readable colours on a terminal), to standard error, with secrets taken out."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import orjson
import structlog

SECRET_KEYS: Final = ("authorization", "cookie", "password", "secret", "token", "api_key", "jwt_key", "dsn", "url")
HIDDEN: Final = "[hidden]"


def configure(level: str, service: str) -> None:
    """Set up structlog for this process; call once, at the start."""
    terminal = sys.stderr.isatty()
    render: Any = (
        structlog.dev.ConsoleRenderer()
        if terminal
        else structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            hide_secrets,
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of keys that name a secret."""
    for key in event:
        if any(secret in key.lower() for secret in SECRET_KEYS):
            event[key] = HIDDEN
    return event
