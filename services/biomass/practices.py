"""Emissions beside biomass for the plots of a run that asks for them: what its payload says, in each plot's climate."""

from dataclasses import dataclass, field
from typing import Literal

from contracts.v1.payload import InputPayload
from contracts.v1.results.cft import Cft
from services.biomass.climate import Place
from services.biomass.nonbiomass.climate import climate_by_layers
from services.biomass.nonbiomass.factors import Climate, factors
from services.biomass.nonbiomass.footprint import PerHectare, cft_of, per_hectare
from shared.outcome import Terms
from shared.payload import read_payload


@dataclass(frozen=True, slots=True)
class Practices:
    """What a run says of its farms: the same for all its plots."""

    payload: InputPayload
    _per_hectare: dict[Climate, PerHectare] = field(default_factory=dict)

    def of(self, place: Place | None, area_ha: float) -> Cft:
        """What a plot emits in a year. The column of the N2O factors is the stated one, else by rain, else the aggregated one."""
        climate, source = self._climate(place)
        if climate not in self._per_hectare:
            self._per_hectare[climate] = per_hectare(self.payload, climate, factors())
        return cft_of(self._per_hectare[climate], area_ha, climate, source, factors().version)

    def _climate(self, place: Place | None) -> tuple[Climate, Literal["stated", "layer", "none"]]:
        cft = self.payload.cft_payload
        stated = None if cft is None or cft.land_management is None else cft.land_management.climate
        if stated is not None:
            return stated, "stated"
        by_layer = None if place is None else climate_by_layers(place.lat_deg, place.rain_mm, None)
        return ("aggregated", "none") if by_layer is None else (by_layer, "layer")


def practices_of(terms: Terms) -> Practices | None:
    """The practices; None when the run does not ask for their emissions. Raises Refused (`invalid_input_payload`)."""
    return Practices(read_payload(terms.input_payload)) if terms.non_biomass else None
