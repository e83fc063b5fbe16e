"""Which bands of the catalogue the method reads, and opening them for a chunk of plots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.biomass.cells import LossLayers, Stock
from shared.crops import Crop
from shared.rasters.catalogue import layer_of
from shared.rasters.opening import Bounds, Opened, held_once, open_band, state_of
from shared.zonal.block import Source

LOSSYEAR, TREECOVER = "hansen_gfc.lossyear", "hansen_gfc.treecover2000"
ROOT_SHOOT, SOIL, PEAT = "root_shoot.ratio", "soilgrids_ocs.mean", "peatgrids.thickness"
DRIVER, PLANTATION, FLUX = "drivers_1km.class", "jrc_tmf.TransitionMap_Subtypes", "gfw_flux.emissions_px"
LANDCOVER_2020 = "worldcover_2020.map"
ECOZONE, RAIN, ELEVATION = "fao_gez.zone", "worldclim.bio_12", "worldclim.elev"
CCI_YEARS = tuple(int(name.removeprefix("AGB_")) for name in layer_of("cci_agb").bands if not name.startswith("AGB_SD"))
"""Years of the maps of biomass that `annual_agb_tco2eha` is made of."""
_STOCKS = (
    (2000, "whrc_agb2000.agb", None),
    *((year, f"cci_agb.AGB_{year}", f"cci_agb.AGB_SD_{year}") for year in CCI_YEARS),
    (2023, "gedi_l4d.agb", None),
)
_ERRORS = "cci_agb.AGB_SD"
MASKS = "crop_mask"
"""Layer of masks of crops, a band a crop."""
_OF_LOSS = (LOSSYEAR, TREECOVER, ROOT_SHOOT, SOIL, PEAT, DRIVER, PLANTATION, LANDCOVER_2020)
_OF_PLACE = (ECOZONE, RAIN, ELEVATION)
BANDS = (*_OF_LOSS, *_OF_PLACE, FLUX, *(name for _, *pair in _STOCKS for name in pair if name is not None))
"""Every band that the method reads as `layer.band`, but for the masks of crops."""
LAYERS = tuple(sorted({name.partition(".")[0] for name in BANDS} | {MASKS}))
"""Ids of the layers that the method reads."""


@dataclass(frozen=True, slots=True)
class Bands:
    """The bands of one chunk, by `layer.band`."""

    opened: Mapping[str, Opened]

    @classmethod
    def near(cls, rasters: Any, bounds: Bounds, mask: str | None, give_up: bool) -> "Bands":
        """All bands of the method for plots within bounds; `mask` is the band of the crop's mask. Raises Unavailable unless `give_up`."""
        names = (*BANDS, *(() if mask is None else (mask,)))
        opened = {name: open_band(rasters, name, bounds, give_up) for name in names}
        # Maps of biomass are read for their means and for the losses, and all bands once for each set of factors.
        return cls(opened if give_up else {name: held_once(one, bounds) for name, one in opened.items()})

    def source(self, name: str | None) -> Source | None:
        """The band, where it lies near the plots."""
        return None if name is None or name not in self.opened else self.opened[name].source

    def sources(self, names: Iterable[str]) -> dict[str, Source]:
        """Those of the names that lie near the plots."""
        return {name: source for name in names if (source := self.source(name)) is not None}

    def failed(self) -> frozenset[str]:
        """Bands that have failed so far; told of all plots that were read together, so of one."""
        return frozenset(name for name, one in self.opened.items() if state_of(one, 0.0) == "failed")

    def failed_for_loss(self) -> frozenset[str]:
        """Layers that have failed so far, but for what no emission hangs on: the cross-check, and the errors of maps."""
        return frozenset(name.partition(".")[0] for name in self.failed() if name != FLUX and not name.startswith(_ERRORS))

    def loss_layers(self, mask: str | None) -> LossLayers | None:
        """What the loss of forest is told by; None without loss years or tree cover."""
        lossyear, treecover = self.source(LOSSYEAR), self.source(TREECOVER)
        if lossyear is None or treecover is None:
            return None
        maps = ((year, name, self.source(name), self.source(error)) for year, name, error in _STOCKS)
        return LossLayers(
            lossyear=lossyear,
            treecover=treecover,
            stocks=tuple(Stock(year, name, agb, error) for year, name, agb, error in maps if agb is not None),
            root_shoot=self.source(ROOT_SHOOT),
            soil=self.source(SOIL),
            peat=self.source(PEAT),
            driver=self.source(DRIVER),
            plantation=self.source(PLANTATION),
            landcover_2020=self.source(LANDCOVER_2020),
            crop_mask=self.source(mask),
        )


def mask_of(crop: Crop | None) -> str | None:
    """The band of the mask of a crop; None where the catalogue has none."""
    name = None if crop is None else crop.name.replace(" ", "_")
    return f"{MASKS}.{name}" if name in layer_of(MASKS).bands else None
