"""What each layer was worth to one plot."""

from collections.abc import Mapping
from math import isnan

from contracts.v1.results.eudr_deforestation import LayerState
from services.biomass.bands import ECOZONE, ELEVATION, LAYERS, LOSSYEAR, MASKS, RAIN, TREECOVER, Bands
from services.biomass.chunk import Chunk
from services.biomass.kinds import TIER1


def states_of(chunk: Chunk, whole: Mapping[str, LayerState], row: int) -> dict[str, LayerState]:
    """The state of each layer that the plot asked of, and those of `layers_of`, which are the same for all plots.

    Most layers are asked only where forest was lost: of a plot without loss such a layer is left out, whatever its neighbours found.
    """
    shares = _shares(chunk, row)
    states: dict[str, LayerState] = {}
    for layer in LAYERS:
        if layer in whole:
            states[layer] = whole[layer]
        elif layer in shares:
            states[layer] = "available" if shares[layer] > 0 else "not_covered"
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


def _shares(chunk: Chunk, row: int) -> dict[str, float]:
    """What each layer that was asked knows at the plot, over 0 where it knows something."""
    columns, at = chunk.rows[row]
    losses = columns.account.losses
    place = {name: float(share[row]) for name, share in chunk.places.share.items()}
    shares = {
        "hansen_gfc": float(losses.observed_ha[at]),
        "cci_agb": float(chunk.maps.agb_share[row]),
        "gfw_flux": float(chunk.maps.flux_share[row]),
        "fao_gez": place.get(ECOZONE, 0.0),
        "worldclim": max(place.get(RAIN, 0.0), place.get(ELEVATION, 0.0)),
    }
    if chunk.mask is not None and chunk.is_region[row]:
        shares[MASKS] = 0.0 if isnan(chunk.mask_ha[row]) else 1.0
    if losses.lost_ha[at] > 0:
        shares |= {layer: float(told[at]) for layer, told in columns.told_ha.items()}
    names = chunk.stock_names
    shares |= {names[stock].partition(".")[0]: 1.0 for stock in columns.stocks[at] if stock != TIER1}
    return shares
