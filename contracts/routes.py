"""The map of the system: which queue hears which message, and which service computes which statistic."""

from typing import Final

from contracts.envelope import Message
from contracts.v1.batch import BatchProcess
from contracts.v1.plots import PlotsStaged, PlotsUploaded
from contracts.v1.results.biodiversity import Biodiversity
from contracts.v1.results.eudr_deforestation import EudrDeforestation
from contracts.v1.results.luc_emissions import LucEmissions
from contracts.v1.results.result import Result
from contracts.v1.results.water import Water
from contracts.v1.run import RunFinished
from contracts.v1.stage import StageEvent
from contracts.v1.stats import StatCompute, Statistic, StatsRequested

EXCHANGE: Final = "plotproof"
"""Topic exchange that carries every message, by routing key."""

SERVICE_OF: Final[dict[Statistic, str]] = {
    Statistic.EUDR_DEFORESTATION: "deforestation",
    Statistic.LUC_EMISSIONS: "biomass",
    Statistic.BIODIVERSITY: "biodiversity",
    Statistic.WATER: "water",
}
"""The service, and so the queue, of each statistic."""

RESULT_OF: Final[dict[Statistic, type[Result]]] = {
    Statistic.EUDR_DEFORESTATION: EudrDeforestation,
    Statistic.LUC_EMISSIONS: LucEmissions,
    Statistic.BIODIVERSITY: Biodiversity,
    Statistic.WATER: Water,
}
"""The result model of each statistic that is served: its fields, in order, are what is stored and fetched."""


def has_whole(stat: str) -> bool:
    """Whether a statistic finds something of all plots of a run together, by a task of its own."""
    return bool(RESULT_OF[Statistic(stat)].NOT_ADDITIVE)


HEARS: Final[dict[str, tuple[str, ...]]] = {
    "staging": (BatchProcess.TYPE,),
    "uploader": (PlotsStaged.TYPE,),
    "tracker": (PlotsUploaded.TYPE, StatsRequested.TYPE, StageEvent.TYPE),
    **{service: (f"{StatCompute.TYPE}.{stat}",) for stat, service in SERVICE_OF.items()},
}
"""Queue → the routing keys that are bound to it."""

MESSAGES: Final[dict[str, type[Message]]] = {
    message.TYPE: message for message in (BatchProcess, PlotsStaged, PlotsUploaded, StatsRequested, StatCompute, StageEvent, RunFinished)
}
"""Every message type by its name."""


def listened_to(routing_key: str) -> bool:
    """True when a queue of ours hears `routing_key`, so that a publish which no queue takes is an error."""
    return any(routing_key in keys for keys in HEARS.values())
