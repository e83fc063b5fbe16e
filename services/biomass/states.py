"""What each layer was worth to each plot."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from services.biomass.bands import ECOZONE, ELEVATION, LAYERS, LOSSYEAR, MASKS, RAIN, TREECOVER, Bands
from services.biomass.chunk import Chunk, Group
from services.biomass.kinds import TIER1

Floats = NDArray[np.float64]


States = dict[str, list[LayerState | None]]
"""By layer; [plots], None where it was not asked."""


def states_of(chunk: Chunk, whole: Mapping[str, LayerState], group: Group) -> States:
    """The state of each layer at the plots of the group; those of `layers_of` are the same for all plots.

    Most layers are asked only where forest was lost: of a plot without loss such a layer is left out, whatever its neighbours found.
    """
    shares = _shares(chunk, group)
    states: States = {}
    for layer in LAYERS:
        if layer in whole:
            states[layer] = [whole[layer]] * len(group.plots)
        elif layer in shares:
            states[layer] = [None if share != share else "available" if share > 0 else "not_covered" for share in shares[layer].tolist()]
    return states


def layers_of(bands: Bands) -> dict[str, LayerState]:
    """Layers that are not configured, or failed (told of all plots that were read together, so of one)."""
    failed = {name.partition(".")[0] for name in bands.failed()}
    states: dict[str, LayerState] = {layer: "not_configured" for layer in LAYERS if layer != MASKS}
    for name, one in bands.opened.items():
        if one.state != "not_configured":
            states.pop(name.partition(".")[0], None)
    if any(bands.opened[name].state == "not_configured" for name in (LOSSYEAR, TREECOVER)):
        states["hansen_gfc"] = "not_configured"
    return states | dict.fromkeys(sorted(failed), "failed")


def _shares(chunk: Chunk, group: Group) -> dict[str, Floats]:
    """What each layer that was asked knows at each plot, over 0 where it knows something; nan where it was not asked."""
    plots, columns, losses = group.plots, group.columns, group.columns.account.losses
    nothing = np.zeros(len(chunk.area_ha))
    place = {name: chunk.places.share.get(name, nothing)[plots] for name in (ECOZONE, RAIN, ELEVATION)}
    shares = {
        "hansen_gfc": losses.observed_ha,
        "cci_agb": chunk.maps.agb_share[plots],
        "gfw_flux": chunk.maps.flux_share[plots],
        "fao_gez": place[ECOZONE],
        "worldclim": np.maximum(place[RAIN], place[ELEVATION]),
    }
    if chunk.mask is not None:
        shares[MASKS] = np.where(chunk.is_region[plots], ~np.isnan(chunk.mask_ha[plots]), np.nan)
    shares |= {layer: np.where(losses.lost_ha > 0, told, np.nan) for layer, told in columns.told_ha.items()}
    for at, stocks in enumerate(columns.stocks):
        for stock in stocks:
            if stock != TIER1:
                layer = chunk.stock_names[stock].partition(".")[0]
                shares.setdefault(layer, np.full(len(plots), np.nan))[at] = 1.0
    return shares
