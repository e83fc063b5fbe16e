"""Tiles of the globe and of projected planes: which one a place lies in, and the names that publishers give them."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, TypeAlias

TileNaming: TypeAlias = Literal["lat_lon_padded", "letter_first", "letter_first_padded", "edges"]
"""`lat_lon_padded`: 10N_010W, 00N_000E. `letter_first`: N10_W10, N0_E0. `letter_first_padded`: N10W010, N00E000.
`edges` (west, south, east, north): 080W_10S_070W_00N."""
PlaneNaming: TypeAlias = Literal["quadkey", "h_v"]
"""`quadkey`: the digits of Bing's tiles, 0231. `h_v`: column and row of MODIS, h12v09."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The tile [west, west + size) x (north - size, north]; whole degrees."""

    north: int
    west: int

    def name(self, naming: TileNaming, size_deg: int = 0) -> str:
        """The tile's name by its north-west corner, or by its edges; the equator counts as north, Greenwich as east."""
        lat_letter, lon_letter = "N" if self.north >= 0 else "S", "E" if self.west >= 0 else "W"
        lat, lon = abs(self.north), abs(self.west)
        match naming:
            case "lat_lon_padded":
                return f"{lat:02d}{lat_letter}_{lon:03d}{lon_letter}"
            case "letter_first":
                return f"{lat_letter}{lat}_{lon_letter}{lon}"
            case "letter_first_padded":
                return f"{lat_letter}{lat:02d}{lon_letter}{lon:03d}"
        far_lat, _, far_lon = Tile(self.north - size_deg, self.west + size_deg).name("lat_lon_padded").partition("_")
        return f"{lon:03d}{lon_letter}_{far_lat}_{far_lon}_{lat:02d}{lat_letter}"


@dataclass(frozen=True, slots=True, order=True)
class PlaneTile:
    """A square of a projected plane, by row from the north and column from the west of the whole."""

    row: int
    column: int

    def name(self, naming: PlaneNaming, rows: int) -> str:
        """The tile's name; `rows` is how many rows the plane has, a power of 2 for quadkeys."""
        if naming == "h_v":
            return f"h{self.column:02d}v{self.row:02d}"
        levels = range((rows - 1).bit_length() - 1, -1, -1)
        return "".join(str((self.column >> level & 1) + 2 * (self.row >> level & 1)) for level in levels)


AnyTile: TypeAlias = Tile | PlaneTile


def tiles_touching(bounds: tuple[float, float, float, float], size_deg: int) -> list[Tile]:
    """The tiles that hold any place of the bounds (west, south, east, north; degrees), from the north-west by row."""
    west, south, east, north = bounds
    first_west, last_west = floor(west / size_deg), floor(east / size_deg)
    first_north, last_north = ceil(north / size_deg), ceil(south / size_deg)
    return [
        Tile(row * size_deg, column * size_deg)
        for row in range(first_north, last_north - 1, -1)
        for column in range(first_west, last_west + 1)
    ]
