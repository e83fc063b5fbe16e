"""One landscape with every layer, written once; and one for each test to paint."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from tests.services.water.scene import NORTH, WEST, Scene, days_of, year_of, years

DAILY_ET = {year: 1.0 if year % 2 else 1.2 for year in range(2014, 2025)} | {2025: 1.3}
"""MOD16's evapotranspiration by year, mm a day."""
BORDER = WEST + 0.5
"""Longitude where one basin ends and the next begins; a third in the far south is arid."""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Nothing is painted yet."""
    return Scene(tmp_path)


@pytest.fixture(scope="session")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Every layer but TerraClimate; the cells of MOD16 in the north-west corner are urban."""
    scene = Scene(tmp_path_factory.mktemp("landscape"))
    urban = np.ones((20, 20))
    urban[0, 0] = np.nan
    scene.paint("chirps3", *years(2022, 2025), lambda band: 10.0 * (band.start or date.min).month - 1.0)
    scene.paint("wapor3_et", *years(2018, 2025), lambda band: 1.5 if year_of(band) == 2025 else 2.0)
    scene.paint("wapor3_pet", *years(2022, 2025), lambda _: 4.0)
    scene.paint("mod16_et", *years(2014, 2025), lambda band: DAILY_ET[year_of(band)] * days_of(band), urban)
    scene.paint("mod16_pet", *years(2022, 2025), lambda band: 5.0 * days_of(band))
    scene.paint("mod11", *years(2014, 2025), lambda band: 302.0 if year_of(band) == 2025 else 300.0)
    scene.paint("smap_l4", *years(2015, 2025), lambda band: 0.20 + 0.01 * (year_of(band) - 2015))
    west, east, south = WEST, WEST + 1, NORTH - 1
    return scene.basins(
        [
            shapely.box(west, NORTH - 0.8, BORDER, NORTH),
            shapely.box(BORDER, NORTH - 0.8, east, NORTH),
            shapely.box(west, south, BORDER, NORTH - 0.8),
            shapely.box(BORDER, south, east, NORTH - 0.8),
        ],
        {
            "bws_raw": [0.2, 0.8, 1.0, -9999.0],
            "bws_score": [2.0, 4.0, 5.0, -9999.0],
            "bws_cat": [2.0, 4.0, -1.0, -9999.0],
            "bwd_raw": [0.05, 0.25, 0.25, -9999.0],
            "iav_raw": [0.25, 0.5, 0.5, -9999.0],
            "sev_raw": [0.5, 0.5, 0.5, -9999.0],
        },
    )
