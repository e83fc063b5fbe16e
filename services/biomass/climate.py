"""The climate of a plot, which chooses its factors: from layers where they are configured, else from its country and latitude."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from services.biomass.factors import row_of, table
from services.biomass.rules import Rules

Domain = Literal["tropical", "temperate", "boreal"]
Rain = Literal["dry", "moist", "wet", "high"]
Told = Literal["ecozone", "rain", "country", "latitude"]


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where a plot lies; None where nothing is."""

    lat_deg: float
    lon_deg: float
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    ecozone: int | None = None
    """FAO code of most of the plot."""
    rain_mm: float | None = None
    """A year, mean of years."""
    elevation_m: float | None = None


@dataclass(frozen=True, slots=True)
class Climate:
    """What the factor tables ask for; None where it cannot be told."""

    domain: Domain
    zone: str | None
    """FAO's ecological zone, as the table of forest stocks names it."""
    rain: Rain | None
    """As the table of dead wood and litter has it."""
    montane: bool | None
    """Soils of mountains; None where the elevation is not known."""
    continent: str | None
    told_by: Told

    @property
    def soil(self) -> str | None:
        """Column of the soil factors: `tropical_dry`, `temperate_montane` …"""
        side = "tropical" if self.domain == "tropical" else "temperate"
        if self.montane or self.rain == "high":
            return f"{side}_montane"
        return None if self.rain is None else f"{side}_{'dry' if self.rain == 'dry' else 'wet'}"

    @property
    def crop(self) -> str | None:
        """Row of the carbon of crops after a year; highlands count as moist."""
        if self.domain != "tropical":
            return "temperate"
        return None if self.rain is None else f"tropical_{'moist' if self.rain == 'high' else self.rain}"


def climate_of(place: Place, rules: Rules) -> Climate:
    """The climate by the first that is known: ecological zone, rain, country (in the tropics), latitude.

    Elevation, where it is known, makes highlands of the tropics. The rain of temperate and boreal places does not say whether
    they are dry: that is precipitation over evapotranspiration, which only the ecological zone tells here.
    """
    row = None if place.ecozone is None else row_of("zones", code=place.ecozone)
    continent, zone_of_country = _of_country(place.country)
    continent = continent or _continent_by_place(place, rules)
    montane = None if place.elevation_m is None else place.elevation_m > rules.montane_min_m
    if row is not None:
        rain = _high_or(row["rain"], row["domain"], place, rules)
        return Climate(row["domain"], row["zone"], rain, montane, continent, "ecozone")
    domain = _domain(abs(place.lat_deg), rules)
    if domain != "tropical":
        return Climate(domain, None, None, montane, continent, "latitude")
    if place.rain_mm is not None:
        zone = "tropical_mountain" if montane else _zone_by_rain(place.rain_mm, rules)
        return Climate(domain, zone, _high_or(_rain(place.rain_mm, rules), domain, place, rules), montane, continent, "rain")
    if zone_of_country:
        rain = _high_or(_RAIN_OF_ZONE[zone_of_country], domain, place, rules)
        return Climate(domain, zone_of_country, rain, montane, continent, "country")
    return Climate(domain, None, _high_or(None, domain, place, rules), montane, continent, "latitude")


_RAIN_OF_ZONE = {row["zone"]: row["rain"] for row in table("zones")["rows"]}


@lru_cache(maxsize=512)
def _of_country(country: str | None) -> tuple[str | None, str | None]:
    """Continent and prevailing zone of a country."""
    row = next((row for row in table("places")["rows"] if country in row["countries"]), None)
    return (None, None) if row is None else (row["continent"], row["zone"] or None)


def _continent_by_place(place: Place, rules: Rules) -> str | None:
    """By longitude, in the tropics only: America west of 30 W, Africa to 52 E, Asia to the east of it."""
    if abs(place.lat_deg) > rules.tropics_max_lat_deg:
        return None
    return "americas" if place.lon_deg < -30.0 else "africa" if place.lon_deg < 52.0 else "asia"


def _domain(lat_deg: float, rules: Rules) -> Domain:
    if lat_deg <= rules.tropics_max_lat_deg:
        return "tropical"
    return "temperate" if lat_deg <= rules.temperate_max_lat_deg else "boreal"


def _rain(rain_mm: float, rules: Rules) -> Rain:
    return "dry" if rain_mm <= rules.dry_max_rain_mm else "moist" if rain_mm <= rules.moist_max_rain_mm else "wet"


def _zone_by_rain(rain_mm: float, rules: Rules) -> str:
    if rain_mm <= rules.dry_max_rain_mm:
        return "tropical_dry"
    return "tropical_rainforest" if rain_mm > rules.rainforest_min_rain_mm else "tropical_moist_deciduous"


def _high_or(rain: Rain | None, domain: str, place: Place, rules: Rules) -> Rain | None:
    """The class of rain, or `high` for highlands of the tropics."""
    is_high = domain == "tropical" and place.elevation_m is not None and place.elevation_m > rules.dead_wood_high_min_m
    return "high" if is_high else rain
