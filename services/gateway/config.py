"""`GET /config`: every limit of this deployment."""

from typing import Any, Final, get_args

import orjson
from aiohttp import web

from services.gateway import batch_zonal_stats, meter, queries, refresh_token, repeats
from services.gateway.context import resources_of
from services.gateway.media_types import ACCEPTED
from services.gateway.parameters import MAX_DEPTH
from services.gateway.queries import NoQuery, query_of
from shared.settings import Settings

FROM_SETTINGS: Final = (
    "max_file_bytes",
    "max_plots",
    "max_vertices_per_plot",
    "max_decoded_bytes",
    "max_archive_bytes",
    "max_json_bytes",
    "max_payload_bytes",
    "fetch_limit",
    "max_running_runs",
    "parser_memory_mib",
    "parser_cpu_s",
    "parser_s",
    "gateway_staging_wait_s",
    "gateway_validation_wait_s",
    "access_token_s",
    "refresh_token_s",
)


async def config(request: web.Request) -> web.Response:
    """The limits as JSON."""
    query_of(request, NoQuery)
    return web.Response(body=orjson.dumps(limits(resources_of(request).settings)), content_type="application/json")


def limits(settings: Settings) -> dict[str, Any]:
    """Limits and choices of a deployment that callers should know; units are in the names."""
    return {
        "stats": [stat.value for stat in settings.served_stats],
        "media_types": list(ACCEPTED),
        "formats": list(get_args(queries.Format)),
        **{name: getattr(settings, name) for name in FROM_SETTINGS},
        "max_payload_depth": MAX_DEPTH,
        "max_plot_ids": batch_zonal_stats.MAX_PLOT_IDS,
        "max_fetch_limit": queries.MAX_LIMIT,
        "max_collections": queries.MAX_COLLECTIONS,
        "max_tracking_ids": queries.MAX_TRACKING_IDS,
        "max_idempotency_key_characters": repeats.KEY_CHARACTERS,
        "max_upload_silence_s": meter.SILENCE_S,
        "min_upload_bytes_per_s": meter.MIN_BYTES_PER_S,
        "logins_per_minute": refresh_token.LOGINS_PER_MINUTE,
        "refreshes_per_minute": refresh_token.ROTATIONS_PER_MINUTE,
    }
