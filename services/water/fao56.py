"""Reference evapotranspiration by FAO-56 (Allen et al. 1998): Penman-Monteith, Hargreaves, and the radiation that both need."""

import math
from dataclasses import dataclass
from math import acos, cos, exp, log, pi, radians, sin, sqrt, tan
from typing import Final

SOLAR_MJ_M2_MIN: Final = 0.0820
STEFAN_BOLTZMANN: Final = 4.903e-9
"""MJ K-4 m-2 d-1."""
ALBEDO: Final = 0.23
MJ_TO_MM: Final = 0.408
KELVIN: Final = 273.16
"""As FAO-56 adds to degrees Celsius in equation 39."""


@dataclass(frozen=True, slots=True)
class Weather:
    """A day, or the mean day of a month."""

    t_max_c: float
    t_min_c: float
    vapour_kpa: float
    """Actual vapour pressure."""
    wind_2m_m_s: float
    net_radiation_mj: float
    """MJ m-2 d-1."""
    soil_heat_mj: float = 0.0
    altitude_m: float = 0.0


def saturation_kpa(t_c: float) -> float:
    """Saturation vapour pressure at a temperature (equation 11)."""
    return 0.6108 * exp(17.27 * t_c / (t_c + 237.3))


def slope_kpa_c(t_c: float) -> float:
    """Slope of the saturation vapour pressure curve (equation 13)."""
    return 4098 * saturation_kpa(t_c) / math.pow(t_c + 237.3, 2)


def psychrometric_kpa_c(altitude_m: float) -> float:
    """Psychrometric constant (equations 7 and 8)."""
    return 0.665e-3 * 101.3 * math.pow((293 - 0.0065 * altitude_m) / 293, 5.26)


def vapour_of_humidity_kpa(t_max_c: float, t_min_c: float, rh_max_pct: float, rh_min_pct: float) -> float:
    """Actual vapour pressure from the humidities of a day (equation 17)."""
    return (saturation_kpa(t_min_c) * rh_max_pct + saturation_kpa(t_max_c) * rh_min_pct) / 200


def wind_at_2m(speed_m_s: float, height_m: float) -> float:
    """Wind speed at 2 m from that at another height (equation 47)."""
    return speed_m_s * 4.87 / log(67.8 * height_m - 5.42)


def _sun(lat_deg: float, day_of_year: int) -> tuple[float, float]:
    """Declination of the sun and its hour angle at sunset, radians (equations 24 and 25)."""
    declination = 0.409 * sin(2 * pi * day_of_year / 365 - 1.39)
    return declination, acos(min(1.0, max(-1.0, -tan(radians(lat_deg)) * tan(declination))))


def extraterrestrial_mj(lat_deg: float, day_of_year: int) -> float:
    """Radiation above the atmosphere, MJ m-2 d-1 (equation 21)."""
    declination, sunset = _sun(lat_deg, day_of_year)
    distance = 1 + 0.033 * cos(2 * pi * day_of_year / 365)
    lat = radians(lat_deg)
    angles = sunset * sin(lat) * sin(declination) + cos(lat) * cos(declination) * sin(sunset)
    return 24 * 60 / pi * SOLAR_MJ_M2_MIN * distance * angles


def daylight_h(lat_deg: float, day_of_year: int) -> float:
    """Hours from sunrise to sunset (equation 34)."""
    return 24 / pi * _sun(lat_deg, day_of_year)[1]


def net_radiation_mj(
    sunshine_h: float, lat_deg: float, day_of_year: int, t_max_c: float, t_min_c: float, vapour_kpa: float, altitude_m: float
) -> float:
    """Net radiation at the crop, MJ m-2 d-1, from hours of sunshine (equations 35 and 37 to 40)."""
    above = extraterrestrial_mj(lat_deg, day_of_year)
    solar = (0.25 + 0.50 * sunshine_h / daylight_h(lat_deg, day_of_year)) * above
    clear_sky = (0.75 + 2e-5 * altitude_m) * above
    black_body = STEFAN_BOLTZMANN * ((t_max_c + KELVIN) ** 4 + (t_min_c + KELVIN) ** 4) / 2
    outgoing = black_body * (0.34 - 0.14 * sqrt(vapour_kpa)) * (1.35 * min(1.0, solar / clear_sky) - 0.35)
    return (1 - ALBEDO) * solar - outgoing


def monthly_soil_heat_mj(t_month_c: float, t_before_c: float) -> float:
    """Soil heat flux of a month from its mean temperature and that of the month before, MJ m-2 d-1 (equation 44)."""
    return 0.14 * (t_month_c - t_before_c)


def penman_monteith_mm_day(day: Weather) -> float:
    """Reference evapotranspiration of grass, mm a day (equation 6)."""
    t_c = (day.t_max_c + day.t_min_c) / 2
    slope, gamma = slope_kpa_c(t_c), psychrometric_kpa_c(day.altitude_m)
    saturation = (saturation_kpa(day.t_max_c) + saturation_kpa(day.t_min_c)) / 2
    radiation = MJ_TO_MM * slope * (day.net_radiation_mj - day.soil_heat_mj)
    air = gamma * 900 / (t_c + 273) * day.wind_2m_m_s * (saturation - day.vapour_kpa)
    return (radiation + air) / (slope + gamma * (1 + 0.34 * day.wind_2m_m_s))


def hargreaves_mm_day(t_max_c: float, t_min_c: float, extraterrestrial_mm: float) -> float:
    """Reference evapotranspiration from temperatures alone, mm a day (equation 52); radiation as mm a day (0.408 of MJ m-2 d-1).

    Raises ValueError when the day is colder than the night.
    """
    if t_max_c < t_min_c:
        raise ValueError("the highest temperature of a day is below the lowest")
    return 0.0023 * ((t_max_c + t_min_c) / 2 + 17.8) * sqrt(t_max_c - t_min_c) * extraterrestrial_mm
