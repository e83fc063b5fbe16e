"""The outcome of a plot whose own history cannot be told: statistical emissions of its country and crop, or why there are none."""

from typing import Any

import numpy as np

from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.deployment import Deployment
from services.biomass.request import Asked
from shared.outcome import Outcome, Terms
from shared.rounding import rounded

REGION = "country"


def by_country(asked: Asked, index: int, terms: Terms, deployed: Deployment, reasons: tuple[str, ...]) -> Outcome | None:
    """Emissions of the plot by its country and crop; None where the deployment has no table or the table no such row.

    `reasons` say why the plot's own history is not known. What a country tells is never added to what a plot tells.
    """
    table = deployed.statistical
    factor = None if table is None else table.of(asked.country[index], terms.crop_type)
    if factor is None or table is None:
        return None
    area_ha = float(asked.area_ha[index])
    known_area = bool(asked.has_declared_area[index]) and np.isfinite(area_ha) and area_ha > 0
    values: dict[str, Any] = dict.fromkeys(_NOT_KNOWN) | {
        "luc_tco2eyear": rounded(factor * area_ha) if known_area else None,
        "luc_tco2ehayear": rounded(factor),
        "luc_method": "sLUC",
        "luc_basis": REGION,
        "luc_approach": "loss_x_stock",
        "allocation": "equal",
        "ef_source": f"statistical table {table.version}",
        "plot_area_ha": rounded(area_ha) if known_area else 0.0,
        "crop_kind": None if asked.crop is None else asked.crop.kind,
        "pools_included": (),
        "layer_states": {},
        "flags": ("plot_area_not_known",) if not known_area else (),
    }
    return Outcome(int(asked.plot_no[index]), "ok", LucEmissions.model_validate(values), tuple(sorted(reasons)))


_NOT_KNOWN = tuple(name for name in LucEmissions.model_fields if name != "cft")
