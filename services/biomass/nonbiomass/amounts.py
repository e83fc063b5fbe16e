"""Amounts of the payload per hectare and year, or per tonne of crop; an amount of the whole farm is spread over its size."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.v1.payload import CftPayload
from contracts.v1.quantities import Quantity
from shared.payload.units import in_unit


@dataclass
class Missing:
    """What could not be computed, by path; and one place to ask for amounts so that each gap is listed."""

    payload: CftPayload
    listed: set[str] = field(default_factory=set)

    def say(self, path: str, needs: str) -> None:
        """List a gap."""
        self.listed.add(f"{path}: needs {needs}")

    def farm_ha(self) -> float | None:
        """Size of the farm."""
        size = self.payload.farm.size if self.payload.farm else None
        found = None if size is None else in_unit(size, "ha")
        return found or None

    def per_ha(self, quantity: Quantity, unit: str) -> float | None:
        """The amount in `unit` per ha; None where it is of another kind, or of the whole farm whose size is not given."""
        by_area = in_unit(quantity, f"{unit}/ha")
        if by_area is not None:
            return by_area
        whole, farm_ha = in_unit(quantity, unit), self.farm_ha()
        return None if whole is None or farm_ha is None else whole / farm_ha

    def yield_t_ha(self) -> float | None:
        """Yield of the crop, t per ha and year."""
        given = self.payload.crop.yield_ if self.payload.crop else None
        kg = None if given is None else self.per_ha(given, "kg")
        return None if kg is None else kg / 1000


def kept(emission: float, reduction_pct: float) -> float:
    """What is left after a stated reduction: `E·(1 − ER/100)`."""
    return emission * (1 - reduction_pct / 100)


def total(parts: Sequence[float | None]) -> float | None:
    """Their sum; None where there is none, or one of them is not known: missing is not zero, and half a sum looks like a whole one."""
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None
