"""The designed sites: pieces of land with one story each, the plot that lies there and what a correct check must find."""

from dataclasses import dataclass, field
from typing import Any, Final

from sample.landscape import DISPUTED, FARM, FOREST, PLANTATION, WATER, Land, Paint, block_area_ha, cleared, latitude, longitude

SITE_CELLS: Final = 40
"""Each site is a square of so many cells, about 1.1 km."""
FIRST_CELL: Final = 20
SITES_PER_ROW: Final = 14
"""Fourteen sites in a line: the seventh of each line lies on both sides of longitude 0."""

Block = tuple[int, int, int, int]
"""Row, column, height and width in cells, from the north-western corner of the site."""
NO_LOSS: Final = ("none", "inconclusive")
USUAL: Final = ((10.3, 9.6), (9.4, 29.8), (29.7, 30.6), (30.4, 10.2))
"""Corners (row, column) of the usual plot of some 31 ha, on no cell's edge."""


@dataclass(frozen=True, slots=True)
class Site:
    """One story. `lost_ha` is exact: cells that are wholly inside the plot and whose loss counts."""

    story: str
    ground: Paint
    painted: tuple[tuple[Block, Paint], ...]
    alert_class: tuple[str, ...]
    rings: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = ((USUAL,),)
    """Polygons of the plot, each its outer ring and its holes, unclosed, as (row, column)."""
    point_area_ha: float | None = None
    is_point: bool = False
    lost: dict[int, tuple[Block, ...]] | None = field(default_factory=dict)
    """Blocks that count as loss, by year; none of them: no loss; None: not told exactly."""
    more: dict[str, Block] = field(default_factory=dict)
    """Other columns of the result that are exactly the area of a block."""


def _square(row: float, col: float, height: float, width: float) -> tuple[tuple[float, float], ...]:
    return ((row, col), (row, col + width), (row + height, col + width), (row + height, col))


def _loss(story: str, *cuts: tuple[int, Block], ground: Paint = FOREST, **other: Any) -> Site:
    """A site whose plot holds the cuts, each seen by both sources, and is critical for them."""
    years = {year: tuple(block for when, block in cuts if when == year) for year, _ in cuts}
    told: dict[str, Any] = {"alert_class": ("critical",), "lost": years, **other}
    return Site(story, ground, tuple((block, cleared(year)) for year, block in cuts), **told)


def _hansen_only(year: int) -> Paint:
    return {"lossyear": year - 2000}


MIDDLE: Final[Block] = (16, 16, 6, 8)

SITES: Final[tuple[Site, ...]] = (
    _loss("cleared in 2022", (2022, MIDDLE)),
    _loss("twelve cells cleared in 2024: over 0.5 ha, under a tenth of the plot", (2024, (18, 18, 3, 4))),
    Site("two cells cleared in 2023, seen by Hansen alone: under 0.5 ha", FOREST, (((20, 20, 1, 2), _hansen_only(2023)),),
         ("non_critical",), lost={2023: ((20, 20, 1, 2),)}),
    _loss("cleared in 2021 and in 2025", (2021, (13, 13, 3, 4)), (2025, (23, 22, 4, 4))),
    Site("cleared in 2018, before the cut-off", FOREST, ((MIDDLE, cleared(2018)),), NO_LOSS),
    Site("forest without an event", FOREST, (), ("none",)),
    _loss("cleared in 2023 on both sides of the border of the tiles", (2023, (18, 15, 4, 10))),
    Site("farmland since long", FARM, (), ("none",)),
    Site("a wood of six cells in farmland, cleared in 2023: no forest, being under 0.5 ha", FARM,
         (((19, 19, 2, 3), {**FOREST, "tmf": 6, "lossyear": 23}),), ("none",)),
    Site("cleared in 2022 where Hansen and TMF say forest and GFC2020 does not", DISPUTED, ((MIDDLE, cleared(2022)),),
         ("inconclusive",), lost=None, more={"loss_on_disputed_ha": MIDDLE}),
    _loss("cleared in 2022 in forest undisturbed by TMF that GFC2020 misses", (2022, MIDDLE), ground={**FOREST, "gfc": 0}),
    Site("old plantation that GFC2020 takes for forest", PLANTATION, (), NO_LOSS),
    Site("old plantation felled in 2023", PLANTATION, ((MIDDLE, _hansen_only(2023)),), ("inconclusive",),
         more={"loss_on_excluded_ha": MIDDLE}),
    Site("degraded in 2024: too late to tell whether it will be cleared", FOREST, ((MIDDLE, {"degraded": 2024}),), ("inconclusive",)),
    Site("degraded in 2022 and still forest", FOREST, ((MIDDLE, {"degraded": 2022}),), NO_LOSS),
    Site("water", WATER, (), NO_LOSS),
    _loss("cleared in 2021, seen by Hansen alone", (2021, MIDDLE)),
    Site("dated 2021 by Hansen and 2020 by TMF: before the cut-off", FOREST, ((MIDDLE, {"lossyear": 21, "deforested": 2020}),), NO_LOSS),
    Site("cleared in 2012, regrown, cleared again in 2023, which TMF alone can see", FOREST,
         (((15, 15, 10, 10), {"lossyear": 12, "deforested": 2012, "tmf": 4, "recleared": 2023}),), ("critical",), lost=None),
    Site("cleared in 2024, seen by TMF alone", FOREST, (((16, 16, 8, 8), {"deforested": 2024}),), ("critical",), lost=None),
    _loss("plot of two parts on both sides of the border of the tiles, each cleared in another year",
          (2022, (14, 12, 4, 4)), (2024, (22, 24, 5, 4)),
          rings=((_square(11.5, 9.5, 9, 9.3),), (_square(20.4, 21.7, 9, 9),))),
    Site("plot with a hole, nothing cleared", FOREST, (), ("none",), rings=((USUAL, _square(15.5, 15.5, 6.2, 7.1)),)),
    Site("plot with a hole round a clearing of 2023: only its outer ring holds the loss", FOREST, ((MIDDLE, cleared(2023)),), (),
         rings=((USUAL, _square(13.5, 13.5, 12, 13)),), lost=None),
    Site("point of 2 ha in the middle of a clearing of 2023", FOREST, (((12, 12, 16, 16), cleared(2023)),), ("critical",),
         is_point=True, point_area_ha=2.0, lost=None),
    Site("point without an area in forest", FOREST, (), NO_LOSS, is_point=True),
    Site("cleared in 2023 outside the plot, one cell away", FOREST, (((16, 21, 8, 6), cleared(2023)),), NO_LOSS,
         rings=((_square(10, 10, 20, 10),),)),
    _loss("edge of the plot through a clearing of 2023, along edges of cells", (2023, (16, 16, 6, 8)),
          rings=((_square(10, 10, 20, 10),),), lost={2023: ((16, 16, 6, 4),)}),
    Site("0.6 ha, a quarter of it cleared in 2022", FOREST, (((20, 20, 1, 2), _hansen_only(2022)),), ("critical",),
         rings=((_square(19.4, 19.4, 2.4, 3.3),),), lost={2022: ((20, 20, 1, 2),)}),
)  # fmt: skip


def corner(number: int) -> tuple[int, int]:
    """Row and column of the north-western cell of site `number`, counted from 0."""
    row, col = divmod(number, SITES_PER_ROW)
    return FIRST_CELL + row * SITE_CELLS, FIRST_CELL + col * SITE_CELLS


def paint_sites(land: Land) -> None:
    """Draw every site over `land`."""
    for number, site in enumerate(SITES):
        row, col = corner(number)
        land.paint(row, col, SITE_CELLS, SITE_CELLS, site.ground)
        for block, paint in site.painted:
            land.paint(row + block[0], col + block[1], block[2], block[3], paint)


def geometry(number: int) -> dict[str, Any]:
    """GeoJSON geometry of the plot of site `number`, 7 decimals."""
    row, col = corner(number)
    site = SITES[number]
    if site.is_point:
        return {"type": "Point", "coordinates": _lonlat(row + 20.2, col + 20.3)}
    polygons = [[[_lonlat(row + r, col + c) for r, c in (*ring, ring[0])] for ring in rings] for rings in site.rings]
    oriented = [[outer[::-1], *holes] for outer, *holes in polygons]
    if len(oriented) == 1:
        return {"type": "Polygon", "coordinates": oriented[0]}
    return {"type": "MultiPolygon", "coordinates": oriented}


def expected(number: int) -> dict[str, Any]:
    """What a correct check finds at site `number`; null or an empty list where the design does not tell."""
    site = SITES[number]
    row, col = corner(number)

    def area_ha(block: Block) -> float:
        return block_area_ha(row + block[0], col + block[1], block[2], block[3])

    annual = None if site.lost is None else {str(year): sum(map(area_ha, blocks)) for year, blocks in sorted(site.lost.items())}
    return {
        "story": site.story,
        "alert_class": list(site.alert_class),
        "noncompliance_area_ha": None if annual is None else sum(annual.values()),
        "annual_defor_ha": annual,
        **{column: area_ha(block) for column, block in site.more.items()},
    }


def _lonlat(row: float, col: float) -> list[float]:
    return [round(longitude(col), 7), round(latitude(row), 7)]
