"""Every setting of the system, read from the environment here and nowhere else."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.v1.stats import Statistic

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Settings by their environment names in capitals, such as `RABBITMQ_URL`; limits appear in `GET /config`."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    rabbitmq_url: SecretStr | None = None
    """AMQP address; without it all services run in one process."""
    rabbitmq_prefix: str = ""
    """Put before every queue and exchange name, so that several deployments share a broker."""
    database_url: SecretStr | None = None
    """PostgreSQL address (PostGIS installed); without it a SQLite file in `data_dir`."""
    blob_url: str | None = None
    """Address of the blob store (`s3://bucket/prefix`, `file:///path`); without it a folder in `data_dir`."""
    data_dir: Path = Path("data")
    """Folder of the embedded default."""

    broker_owners: dict[str, str] = Field(default_factory=dict)
    """Owner of orders that are published to the broker directly, by broker user."""

    boundaries_file: Path | None = None
    """Borders of countries in the place of Natural Earth: a vector file in EPSG:4326 with a column of ISO codes (geoBoundaries …)."""

    layers_dir: Path | None = None
    """Folder with one folder a layer id, holding tiles under their public names, or a polygon layer's GeoParquet file."""
    layers_online: bool = False
    """Read tiles that are not in `layers_dir` from their public addresses by range requests."""
    layer_files: dict[str, Path] = Field(default_factory=dict)
    """Files in the place of catalogue layers, by `layer` or `layer.band` (`plotproof run --layer`)."""
    layer_urls: dict[str, str] = Field(default_factory=dict)
    """Address templates of tiles in the place of the public ones, by layer: `https://…` or `s3://bucket/…`, with `{band}` and `{tile}`.

    Buckets are reached with `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, as the blob store.
    """
    aws_no_sign_request: bool = False
    """Read layers in S3 buckets without credentials."""
    layer_years: dict[str, int] = Field(default_factory=dict)
    """Last year that such a file has observed, by `layer.band`; else its newest event."""
    thresholds_file: Path | None = None
    """TOML file with thresholds that this deployment changes, in a table for each statistic: `[eudr_deforestation]`."""
    region_layers: dict[str, str] = Field(
        default_factory=lambda: {"admin_area": "geoboundaries_adm2", "watershed": "hydrobasins_lev06", "supply_shed": "supply_sheds"}
    )
    """Polygon layer that the reference regions of each `stat_type` are taken from."""
    max_regions: int = Field(default=500, ge=1)
    """Regions that one run compares its plots with, those with the most plots first."""
    biomass_statistical_file: Path | None = None
    """Table of statistical emissions by country and crop (TOML), for plots whose location is of no use."""
    served_stats: Annotated[tuple[Statistic, ...], NoDecode] = (
        Statistic.EUDR_DEFORESTATION,
        Statistic.LUC_EMISSIONS,
        Statistic.BIODIVERSITY,
        Statistic.WATER,
    )
    """Statistics for which this deployment has workers, comma-separated."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    health_port: int | None = Field(default=None, ge=0, le=65535)
    """Port for /healthz, /readyz and /metrics of services other than the gateway; none when unset."""
    jwt_key: SecretStr | None = None
    """Signing key of access tokens, at least 32 bytes; required on any address but loopback."""
    access_token_s: int = Field(default=900, ge=60)
    refresh_token_s: int = Field(default=30 * 86400, ge=600)
    local_owner: bool = False
    """Set by `services.local` on loopback: requests without a token belong to the owner `local`."""
    log_level: str = "INFO"

    gateway_staging_wait_s: float = Field(default=10, ge=0, le=60)
    gateway_validation_wait_s: float = Field(default=80, ge=0, le=3600)
    """How long a request for a report may wait for it."""
    max_file_bytes: int = Field(default=200 * MIB, gt=0)
    max_plots: int = Field(default=1_000_000, gt=0)
    max_vertices_per_plot: int = Field(default=100_000, gt=0)
    max_decoded_bytes: int = Field(default=1024 * MIB, gt=0)
    """Geometries and properties of one file, decoded."""
    max_archive_bytes: int = Field(default=512 * MIB, gt=0)
    """The files of one ZIP archive (shapefile, KMZ, XLSX), unpacked."""
    max_json_bytes: int = Field(default=1 * MIB, gt=0)
    max_payload_bytes: int = Field(default=256 * 1024, gt=0)
    fetch_limit: int = Field(default=10_000, gt=0)
    """Plots that the simple fetch endpoints answer when no `limit` is given."""
    max_running_runs: int = Field(default=50, gt=0)
    """Open runs that one owner may have."""

    chunk_plots: int = Field(default=250, ge=1, le=5000)
    max_rung_tasks: int = Field(default=32, ge=1)
    """Tasks rung for at once for each run and statistic."""
    lease_s: float = Field(default=60, gt=0)
    heartbeat_s: float = Field(default=5, gt=0)
    reconcile_s: float = Field(default=2, gt=0)
    ring_again_s: float = Field(default=60, gt=0)
    """A rung task that nobody took is rung for again after this, doubling to ten minutes."""
    max_failures: int = Field(default=6, ge=1)
    """Real failures of one task before it ends as failed."""
    max_failing_s: float = Field(default=7200, gt=0)
    """Time after which a failing task is not tried again."""
    compute_threads: int = Field(default=1, ge=1)
    """Chunks that one worker computes at once."""
    isolated_plot_s: float = Field(default=120, gt=0)
    """Time for one plot of a chunk whose holders vanished, in its child process."""
    isolated_memory_mib: int = Field(default=4096, ge=512)
    gdal_cache_mib: int = Field(default=128, ge=16)
    polygon_layer_mib: int = Field(default=2048, ge=1)
    """What one polygon layer may hold, decoded; it takes about twice that in memory."""
    parser_memory_mib: int = Field(default=4096, ge=64)
    """Memory that reading one file may take, in a process of its own."""
    parser_cpu_s: int = Field(default=900, ge=1)
    """Computing time for reading one file."""
    parser_s: float = Field(default=1800, gt=0)
    """Time for reading one file, waiting included."""
    numba_cache_dir: Path | None = None
    """Where compiled code is kept when it is not beside the sources; the compiler reads it under the same name."""

    @field_validator("served_stats", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
