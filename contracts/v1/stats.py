"""The statistics, the request to compute some of them, and the order to compute one chunk of one."""

from enum import StrEnum
from typing import ClassVar, Final

from pydantic import Field

from contracts.envelope import Message


class Statistic(StrEnum):
    """A statistic by the name it has in REST, in results and in the routing key."""

    EUDR_DEFORESTATION = "eudr_deforestation"
    LUC_EMISSIONS = "luc_emissions"
    BIODIVERSITY = "biodiversity"
    WATER = "water"


REGIONS: Final = ":regions"
WHOLE: Final = ":whole"


def region_stage(stat: str) -> str:
    """The stage of the tasks that compute a statistic for reference regions."""
    return f"{stat}{REGIONS}"


def whole_stage(stat: str) -> str:
    """The stage of the one task that computes what a statistic finds of all plots of a run together."""
    return f"{stat}{WHOLE}"


class StatsRequested(Message):
    """A run over an uploaded collection was created; the tracker plans it."""

    TYPE: ClassVar[str] = "stats.requested.v1"

    collection_id: str = Field(max_length=80)
    run_id: str = Field(max_length=80)

    def subject(self) -> str | None:
        return self.run_id


class StatCompute(Message):
    """Doorbell for one task: compute `stat` for the plots of chunk `part`."""

    TYPE: ClassVar[str] = "stat.compute.v1"
    SCHEMA: ClassVar[str] = "1.2.0"

    run_id: str = Field(max_length=80)
    stat: Statistic
    part: int = Field(ge=0)
    """Row group of the collection's staged file."""
    ring: int = Field(default=1, ge=1)
    """How often this task has been rung for: two rings are two messages."""
    region: bool = False
    """`part` is a reference region of the run, in the place of a chunk of its plots. Since 1.1.0."""
    whole: bool = False
    """All plots of the run together, in the place of a chunk; `part` is 0. Since 1.2.0."""

    @property
    def stage(self) -> str:
        """The stage of the task that this rings for."""
        if self.whole:
            return whole_stage(self.stat)
        return region_stage(self.stat) if self.region else self.stat.value

    def routing_key(self) -> str:
        return f"{self.TYPE}.{self.stat}"

    def subject(self) -> str | None:
        return f"{self.run_id}/{self.stage}/{self.part}"
