"""Square tiles of the globe: which one a place lies in, and the names that publishers give them."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Literal, TypeAlias

TileNaming: TypeAlias = Literal["lat_lon_padded", "letter_first"]
"""`lat_lon_padded`: 10N_010W, 00N_000E. `letter_first`: N10_W10, N0_E0."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The tile [west, west + size) x (north - size, north]; whole degrees."""

    north: int
    west: int

    def name(self, naming: TileNaming) -> str:
        """The tile's name by its north-west corner; the equator counts as north, Greenwich as east."""
        lat_letter, lon_letter = "N" if self.north >= 0 else "S", "E" if self.west >= 0 else "W"
        lat, lon = abs(self.north), abs(self.west)
        if naming == "lat_lon_padded":
            return f"{lat:02d}{lat_letter}_{lon:03d}{lon_letter}"
        return f"{lat_letter}{lat}_{lon_letter}{lon}"


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
