"""The order that starts everything: a file of plots and what to compute for it."""

from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.envelope import Frozen, Message
from contracts.v1.stats import Statistic

FIRST_DATE = date(2017, 1, 1)
StatType = Literal["admin_area", "watershed", "supply_shed", "all"]
"""Kinds of reference regions."""
INLINE_LIMIT_BYTES = 256 * 1024
"""An inline GeoJSON may be this large, serialised; anything larger travels by blob."""


class BatchParameters(Frozen):
    """Parameters of a batch as `POST /batch_process` documents them; what is only ours says so."""

    collection_name: str = Field(min_length=1, max_length=200)
    """Name of the collection, unique per owner."""
    description: str | None = Field(default=None, max_length=2000)
    stats: tuple[Statistic, ...] = Field(min_length=1)
    """Statistics to compute, without repeats."""
    input_payload: dict[str, Any] = Field(default_factory=dict)
    """Agricultural and supply-chain data for emissions."""
    crop_type: str | int | None = None
    processing_type: str | None = Field(default=None, max_length=200)
    """Stored and echoed; changes no number."""
    system_type: str | None = Field(default=None, max_length=200)
    """Stored and echoed; changes no number."""
    non_biomass: bool = False
    validate_locations: bool = True
    country: str | None = Field(default=None, max_length=100)
    skip_on_low_confidence: bool = False
    on_invalid: Literal["skip", "reject"] = "skip"
    """Ours: what a plot that fails a check does to the file."""
    repair: Literal["off", "safe", "all"] = "safe"
    """Ours: which mendings of geometries are allowed."""
    start_date: date = FIRST_DATE
    """Ours: first day of the monitoring window."""
    end_date: date
    """Ours: last day of the monitoring window."""
    plot_id_column: str | None = Field(default=None, max_length=200)
    """Ours: the property that holds the plot ids."""
    assume_crs: str | None = Field(default=None, max_length=100)
    """Ours: the reference system of a file that names none."""
    layer: str | None = Field(default=None, max_length=200)
    """Ours: which layer or sheet to read of a file that holds several. Since 1.1.0."""
    stat_type: StatType | None = None
    """Ours: compare the plots with the regions of this kind that they lie in. Since 1.2.0."""
    overlap_threshold: float = Field(default=0.5, ge=0, le=1)
    """Ours: share of a plot from which on a region holds it. Since 1.2.0."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.stats)) != len(self.stats):
            raise ValueError("stats names a statistic twice")
        if self.start_date > self.end_date:
            raise ValueError("start_date is after end_date")
        if self.skip_on_low_confidence and not self.validate_locations:
            raise ValueError("skip_on_low_confidence needs validate_locations")
        return self


class BlobFile(Frozen):
    """A file in the blob store."""

    key: str = Field(max_length=500)
    media_type: str = Field(max_length=100)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0)


class BatchProcess(Message):
    """Process a file: stage it, upload it, compute its statistics.

    The gateway fills `collection_id` and `run_id`, whose rows it has written. An integrator that publishes
    by itself leaves them out: they are then derived from the event's id and from its broker user.
    """

    TYPE: ClassVar[str] = "batch.process.v1"
    SCHEMA: ClassVar[str] = "1.2.0"

    parameters: BatchParameters
    collection_id: str | None = Field(default=None, max_length=80)
    run_id: str | None = Field(default=None, max_length=80)
    file: BlobFile | None = None
    geojson: dict[str, Any] | None = None
    """A FeatureCollection of at most 256 KB in place of `file`."""
    ring: int = Field(default=1, ge=1)
    """How often this order has been rung for."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.geojson is None):
            raise ValueError("exactly one of file and geojson is needed")
        return self

    def subject(self) -> str | None:
        return self.collection_id
