"""Landscapes of known forest, cleared in a known year: tonnes by pool, gas and year as one reckons them by hand."""

from dataclasses import replace

import numpy as np
import pytest

from services.biomass.allocation import weights
from services.biomass.cells import Stock
from services.biomass.climate import Place, climate_of
from services.biomass.kinds import Kind, key_of, parts_of
from tests.services.biomass.memory import CELL_HA, CELLS, RULES, SIDE, Held, account, factors, full, landscape, rules, square

HA = 16 * CELL_HA
CO2 = 44 / 12
STANDING = 200 * (0.47 * (1 + 0.221 + 0.06) + 0.01 * 0.37)
"""t C/ha of 200 t/ha in the rainforest of the Americas."""


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-6)  # cells of one row are alike to 1e-6 over the plot


def by_class(*rows: tuple[slice, float], rest: float = 0.0, dtype: str = "uint8") -> Held:
    values = np.full((SIDE, SIDE), rest, dtype=dtype)
    for at, value in rows:
        values[at] = value
    return Held(values)


def test_keys_hold_their_parts() -> None:
    parts = [np.arange(1, 9), np.arange(17, 25), np.array([0, 1, 2, 3, 10, 61, 62, 63]), np.array([0, 1, 2, 3, 0, 1, 2, 3])]
    assert [part.tolist() for part in parts_of(key_of(*parts))] == [part.tolist() for part in parts]


def test_pools_of_a_hectare_by_hand() -> None:
    one = account(landscape(soil=full(60.0), peat=full(0.0)))
    assert one.area_ha[0] == near(HA)
    assert one.pool(one.pools.agb, one.has_stock)[0] == near(HA * 200 * 0.47 * CO2)
    assert one.pool(one.pools.bgb, one.has_stock)[0] == near(HA * 200 * 0.47 * 0.221 * CO2)
    assert one.pool(one.pools.dead_wood, one.has_dead)[0] == near(HA * 200 * 0.06 * 0.47 * CO2)
    assert one.pool(one.pools.litter, one.has_dead)[0] == near(HA * 200 * 0.01 * 0.37 * CO2)
    assert one.pool(one.pools.after, one.has_stock)[0] == near(HA * 4.7 * CO2)
    assert one.pool(one.pools.soil, one.has_soil)[0] == near(HA * 60 * 0.17 * CO2)
    assert one.pool(one.pools.som_n2o, one.has_soil)[0] == near(HA * 60 * 0.17 / 15 * 0.01 * 44 / 28 * 273)
    assert one.total[0] == near(HA * ((STANDING - 4.7 + 60 * 0.17) * CO2 + 60 * 0.17 / 15 * 0.01 * 44 / 28 * 273))
    assert one.peat.total[0] == 0.0
    assert one.removals[0] == 0.0


def test_the_reporting_year_is_charged_by_the_age_of_the_loss() -> None:
    for scheme in ("equal", "linear_midpoint", "linear_stepped"):
        one = account(landscape(), by=rules(allocation=scheme))
        assert one.charged.total[0] == near(one.total[0] * weights(scheme, 20)[10])  # type: ignore[arg-type]  # the loop's names


@pytest.mark.parametrize(("year", "counted"), [(2009, False), (2010, True), (2029, True)])
def test_losses_after_the_reporting_year_are_not_in_it(year: int, counted: bool) -> None:
    one = account(landscape(), year=year)
    assert (one.total[0] > 0) == counted and (one.area_ha[0] > 0) == counted


def test_losses_of_over_twenty_years_weigh_nothing_but_stay_in_the_total() -> None:
    one = account(landscape(), year=2030)
    assert one.charged.total[0] == 0.0 and one.total[0] > 0


def test_the_stock_is_that_of_the_last_map_before_the_loss() -> None:
    maps = tuple(Stock(year, str(year), full(float(year))) for year in (2000, 2007, 2009, 2010, 2015))
    assert account(landscape(stocks=maps)).agb_before_tha[0] == near(2009.0)  # not of 2010, the year of the loss


def test_a_map_that_does_not_know_leaves_it_to_an_older_one_and_then_to_the_table() -> None:
    zero = Stock(2007, "new", full(0.0))
    assert account(landscape(stocks=(Stock(2000, "old", full(150.0)), zero))).agb_before_tha[0] == near(150.0)
    one = account(landscape(stocks=(zero,)))
    assert one.agb_before_tha[0] == near(307.1) and one.stock_share[0] == 1.0


def test_without_map_and_table_the_stock_is_not_known_and_never_zero() -> None:
    unknown = factors(climate_of(Place(-10.0, -60.0), RULES))
    one = account(landscape(stocks=()), unknown)
    assert np.isnan([one.total[0], one.charged.total[0], one.pool(one.pools.agb, one.has_stock)[0]]).all()
    assert one.area_ha[0] == near(HA)


def test_roots_change_their_ratio_over_125_tonnes() -> None:
    africa = factors(climate_of(Place(0.0, 20.0, ecozone=11), RULES))
    for agb, ratio in ((125.0, 0.825), (125.5, 0.532)):
        one = account(landscape(stocks=(Stock(2000, "old", full(agb)),)), africa)
        assert one.pools.bgb.sum() / one.pools.agb.sum() == near(ratio)


def test_a_raster_of_ratios_goes_before_the_table() -> None:
    one = account(landscape(root_shoot=full(0.4)))
    assert one.pools.bgb.sum() / one.pools.agb.sum() == near(0.4)


def test_no_more_is_deducted_for_the_crop_than_was_lost_on_each_cell() -> None:
    values = np.full((SIDE, SIDE), 200.0, dtype="float32")
    values[:10] = 2.0  # half of the plot: about 1.2 t C/ha, less than the 4.7 of the crop
    one = account(landscape(stocks=(Stock(2000, "old", Held(values)),)))
    poor = 2.0 * STANDING / 200
    assert one.pools.after.sum() == near(HA / 2 * (poor + 4.7) * CO2)
    assert one.total[0] == near(HA / 2 * (STANDING - 4.7) * CO2)


def test_forest_is_what_has_more_than_thirty_percent_of_cover() -> None:
    assert account(landscape(treecover=full(30, "uint8"))).area_ha[0] == 0.0
    assert account(landscape(treecover=full(31, "uint8"))).area_ha[0] == near(HA)


@pytest.mark.parametrize(
    ("driver", "kind"),
    [(2, Kind.OTHER_USE), (4, Kind.LOGGING), (5, Kind.FIRE), (6, Kind.OTHER_USE), (7, Kind.NATURAL)],
)
def test_losses_that_are_no_conversion_stand_apart(driver: int, kind: Kind) -> None:
    one = account(landscape(driver=full(driver, "uint8")))
    assert one.area_ha[0] == 0.0 and one.total[0] == 0.0
    assert one.apart_ha(kind)[0] == near(HA)
    assert one.apart[0] == near(HA * STANDING * CO2)


@pytest.mark.parametrize("driver", [0, 1, 3])
def test_agriculture_and_what_is_not_known_count(driver: int) -> None:
    assert account(landscape(driver=full(driver, "uint8", nodata=0))).area_ha[0] == near(HA)


def test_shifting_cultivation_has_a_soil_factor_of_its_own() -> None:
    one = account(landscape(driver=full(3, "uint8"), soil=full(60.0), peat=full(0.0)))
    assert one.pools.soil.sum() == near(HA * 60 * 0.28 * CO2)


@pytest.mark.parametrize(("subtype", "counted"), [(81, False), (82, False), (83, False), (84, True), (85, True), (86, True), (10, True)])
def test_a_plantation_that_is_replanted_was_no_natural_forest(subtype: int, counted: bool) -> None:
    one = account(landscape(plantation=full(subtype, "uint8")))
    assert (one.area_ha[0] > 0) == counted
    assert (one.apart_ha(Kind.REPLANTING)[0] > 0) != counted


def test_peat_is_charged_by_the_year_and_has_no_mineral_soil() -> None:
    one = account(landscape(peat=full(2.5), soil=full(60.0)), factors(kind="perennial", is_palm=True))
    assert one.peat.total[0] == near(HA * (43 + 1.2 + 1.0))
    assert one.pools.soil.sum() == 0.0
    late = account(landscape(peat=full(2.5)), factors(kind="perennial", is_palm=True), year=2040)
    assert late.charged.total[0] == near(HA * (43 + 1.2 + 1.0)), "drainage goes on when the loss weighs nothing any more"
    assert late.charged.ch4[0] == near(HA * 1.2)


def test_unknown_soil_and_peat_are_null_and_in_no_sum() -> None:
    one, full_one = account(landscape()), account(landscape(soil=full(60.0), peat=full(0.0)))
    assert np.isnan([one.pool(one.pools.soil, one.has_soil)[0], one.peat.total[0], one.removals[0]]).all()
    assert one.total[0] == near(HA * (STANDING - 4.7) * CO2)
    assert one.total[0] < full_one.total[0]


def test_uptake_by_soil_is_apart_and_never_netted() -> None:
    one, without = (
        account(landscape(soil=full(60.0), peat=full(0.0)), factors(kind="perennial")),
        account(landscape(), factors(kind="perennial")),
    )
    assert one.removals[0] == near(-HA * 60 * 0.01 * CO2 / 20)
    assert one.total[0] == without.total[0] and one.charged.total[0] == without.charged.total[0]


def test_fire_counts_only_where_the_deployment_says_so_and_both_fuels_are_told() -> None:
    fuel = 200 * (1 + 0.06 + 0.01 * 0.37 / 0.47)
    ch4, n2o = (0.55 * gef * 1e-3 * gwp for gef, gwp in ((6.8, 27.0), (0.20, 273.0)))
    quiet = account(landscape())
    assert np.isnan(quiet.pool(quiet.fire(with_roots=False).total, quiet.has_fire)[0])
    assert quiet.fire(with_roots=False).total.sum() == near(HA * fuel * (ch4 + n2o))
    assert quiet.fire(with_roots=True).total.sum() == near(HA * (fuel + 200 * 0.221) * (ch4 + n2o))
    burnt = account(landscape(), by=rules(count_clearing_fires=True))
    assert burnt.total[0] == near(quiet.total[0] + HA * fuel * (ch4 + n2o))
    by_wri = account(landscape(), by=rules(count_clearing_fires=True, fuel="wri"))
    assert by_wri.committed.ch4.sum() == near(HA * (fuel + 200 * 0.221) * ch4)


def test_peat_burns_once_with_the_clearing() -> None:
    one = account(landscape(peat=full(1.0)), by=rules(count_clearing_fires=True))
    without = account(landscape(peat=full(0.0)), by=rules(count_clearing_fires=True))
    assert one.total[0] - without.total[0] == near(HA * (264 + 88))


def test_mangroves_have_their_own_ratios_after_2020() -> None:
    mangrove = landscape(landcover_2020=full(95, "uint8"), lossyear=full(22, "uint8"))
    one = account(mangrove, year=2022)
    assert one.pools.agb.sum() == near(HA * 200 * 0.45 * CO2)
    assert one.pools.bgb.sum() == near(HA * 200 * 0.45 * 0.49 * CO2)
    assert one.pools.dead_wood.sum() == near(HA * 200 * 0.123 * 0.45 * CO2)
    earlier = account(replace(mangrove, lossyear=full(20, "uint8")), year=2022)
    assert earlier.pools.agb.sum() == near(HA * 200 * 0.47 * CO2), "the land cover of 2020 tells nothing of a forest lost before it"


def test_a_region_is_reckoned_within_the_mask_of_its_crop() -> None:
    mask = by_class((np.s_[:10], 1))
    one = account(landscape(crop_mask=mask))
    assert one.area_ha[0] == near(HA / 2)
    assert one.apart_ha(Kind.OUTSIDE_MASK)[0] == near(HA / 2) and one.apart[0] == 0.0


def test_years_and_gases_add_up() -> None:
    years = Held(np.arange(SIDE * SIDE).reshape(SIDE, SIDE).astype("uint8") % 26)
    one = account(landscape(lossyear=years, soil=full(60.0), peat=full(1.0)), by=rules(count_clearing_fires=True), year=2022)
    gases = one.charged
    assert gases.total[0] == near(gases.co2[0] + gases.ch4[0] + gases.n2o[0])
    assert one.total[0] == near(one.committed.total[0].sum())
    assert gases.total[0] == near(one.committed.total[0] @ one.weight + one.peat.total[0])
    assert (one.committed.total[0, 22:] == 0).all() and one.pools.area_ha[0, 22:].sum() > 0


def test_nothing_lost_is_zero_whatever_else_is_not_known() -> None:
    unknown = factors(climate_of(Place(-10.0, -60.0), RULES), kind=None)
    one = account(landscape(lossyear=full(0, "uint8"), stocks=()), unknown)
    amounts = (one.total, one.charged.total, one.pool(one.pools.soil, one.has_soil), one.peat.total, one.removals)
    assert [float(amount[0]) for amount in amounts] == [0.0] * 5
    assert one.losses.observed_ha[0] == near(HA)


def test_cells_without_tree_cover_are_not_observed() -> None:
    one = account(landscape(treecover=full(255, "uint8", nodata=255)))
    assert one.losses.observed_ha[0] == 0.0 and one.area_ha[0] == 0.0


def test_coarse_bands_are_read_at_the_centres_of_the_cells() -> None:
    from shared.zonal.grid import Grid

    coarse = Grid(CELLS.west, CELLS.north, 0.00125, 0.00125, 4, 4)
    stock = Held(np.arange(100, 116, dtype="float32").reshape(4, 4), cells=coarse)
    one = account(landscape(stocks=(Stock(2000, "old", stock),)), plots=square(5, 5))
    assert one.agb_before_tha[0] == near(105.0)
