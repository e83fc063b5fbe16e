"""Green, blue and grey water of a tonne of crop, and what `input_payload` says for them: yield, irrigation, nitrogen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.v1.payload import CftPayload, Fertiliser
from contracts.v1.quantities import Quantity
from services.water.crop_table import crop_table
from services.water.rules import Thresholds
from shared.payload import read_payload
from shared.payload.units import in_unit

M3_HA_PER_MM: Final = 10.0
KG_PER_M3: Final = 1e-3
"""In one mg/l."""
RAINFED: Final = frozenset({"none", "no", "rainfed", "rain fed", "rain-fed"})
_GRADE: Final = re.compile(r"\b(\d{1,2}(?:\.\d+)?)-\d{1,2}(?:\.\d+)?-\d{1,2}(?:\.\d+)?\b")


@dataclass(frozen=True, slots=True)
class Practice:
    """What the payload says of the crop; None where it does not."""

    yield_t_ha: float | None = None
    irrigated: bool | None = None
    nitrogen_kg_ha: float | None = None


def footprint_m3_t(et_mm: float, yield_t_ha: float) -> float:
    """Green or blue water of a tonne: 10 ET / yield."""
    return M3_HA_PER_MM * et_mm / yield_t_ha


def grey_m3_t(nitrogen_kg_ha: float, yield_t_ha: float, held: Thresholds) -> float:
    """Water that would thin the nitrogen leached for a tonne down to what is allowed."""
    leached_kg_ha = held.leached_share * nitrogen_kg_ha
    room_kg_m3 = (held.max_nitrogen_mg_l - held.natural_nitrogen_mg_l) * KG_PER_M3
    return leached_kg_ha / room_kg_m3 / yield_t_ha


def practice_of(payload: Mapping[str, Any]) -> Practice:
    """Yield, irrigation and nitrogen of an `input_payload`. Raises `PayloadRefused` for one that is not what its contract says."""
    farm = read_payload(payload).cft_payload
    if farm is None:
        return Practice()
    crop = farm.crop
    yield_kg = None if crop is None or crop.yield_ is None else _per_ha(crop.yield_, farm)
    return Practice(yield_kg / 1000 if yield_kg else None, _irrigated(farm), _nitrogen_kg_ha(farm))


def _irrigated(farm: CftPayload) -> bool | None:
    """None where nothing is said: a farm without a word of irrigation may still have it."""
    if not farm.irrigation:
        return None
    for one in farm.irrigation:
        rainfed = (one.type or "").strip().casefold() in RAINFED
        none_applied = one.application_rate is not None and one.application_rate.value == 0
        if not (rainfed or none_applied):
            return True
    return False


def _nitrogen_kg_ha(farm: CftPayload) -> float | None:
    """None where no fertiliser is listed, or one of them does not say how much nitrogen it brings."""
    parts = [_nitrogen_of(one, farm) for one in farm.fertilisers]
    known = [part for part in parts if part is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def _nitrogen_of(one: Fertiliser, farm: CftPayload) -> float | None:
    name = " ".join(one.type.lower().split())
    grade = _GRADE.search(name)
    by_name = float(grade.group(1)) if grade else crop_table().fertiliser_n_pct.get(name)
    n_pct = by_name if one.n_pct is None else one.n_pct
    mass_kg = _per_ha(one.application_rate, farm)
    return None if n_pct is None or mass_kg is None else mass_kg * n_pct / 100


def _per_ha(quantity: Quantity, farm: CftPayload) -> float | None:
    """Kilograms per hectare; an amount of the whole farm is spread over its size."""
    by_area = in_unit(quantity, "kg/ha")
    if by_area is not None:
        return by_area
    whole = in_unit(quantity, "kg")
    size_ha = None if farm.farm is None or farm.farm.size is None else in_unit(farm.farm.size, "ha")
    return whole / size_ha if whole is not None and size_ha else None
