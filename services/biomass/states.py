"""What each layer was worth to one plot."""

from math import isnan

from contracts.v1.results.eudr_deforestation import LayerState
from services.biomass.bands import ELEVATION, LAYERS, LOSSYEAR, MASKS, RAIN, TREECOVER
from services.biomass.chunk import Chunk
from services.biomass.kinds import TIER1


def states_of(chunk: Chunk, row: int) -> dict[str, LayerState]:
    """The state of each layer that the plot asked of, and of those that are not configured or failed.

    Most layers are asked only where forest was lost: of a plot without loss such a layer is left out, whatever its neighbours found.
    """
    shares, failed = _shares(chunk, row), chunk.bands.failed()
    states: dict[str, LayerState] = {}
    for layer in LAYERS:
        bands = {name: one for name, one in chunk.bands.opened.items() if name.partition(".")[0] == layer}
        needed = [bands[name] for name in (LOSSYEAR, TREECOVER) if name in bands] or list(bands.values())
        configured = [one for one in needed if one.state != "not_configured"]
        if any(name in failed for name in bands):
            states[layer] = "failed"
        elif len(configured) < (len(needed) if layer == "hansen_gfc" else min(1, len(needed))) or (not bands and layer != MASKS):
            states[layer] = "not_configured"
        elif layer in shares:
            states[layer] = "available" if shares[layer] > 0 else "not_covered"
    return states


def _shares(chunk: Chunk, row: int) -> dict[str, float]:
    """What each layer that was asked knows at the plot, over 0 where it knows something."""
    columns, at = chunk.rows[row]
    losses = columns.account.losses
    shares = {
        "hansen_gfc": float(losses.observed_ha[at]),
        "cci_agb": float(chunk.maps.agb_share[row]),
        "gfw_flux": float(chunk.maps.flux_share[row]),
        **{name.partition(".")[0]: float(share[row]) for name, share in chunk.places.share.items() if name not in (RAIN, ELEVATION)},
    }
    climate = [float(chunk.places.share[name][row]) for name in (RAIN, ELEVATION) if name in chunk.places.share]
    if climate:
        shares["worldclim"] = max(climate)
    if chunk.mask is not None and chunk.is_region[row]:
        shares[MASKS] = 0.0 if isnan(chunk.mask_ha[row]) else 1.0
    if losses.lost_ha[at] > 0:
        shares |= {layer: float(told[at]) for layer, told in columns.told_ha.items()}
    names = chunk.stock_names
    shares |= {names[stock].partition(".")[0]: 1.0 for stock in columns.stocks[at] if stock != TIER1}
    return shares
