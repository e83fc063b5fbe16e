"""The crops that `crop_type` may name, and what statistics need to know of each; the table is `crops.toml`."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_JOINT = re.compile(r"(?<=\w)[-_](?=\w)")
CropKind = Literal["annual", "perennial", "paddy", "pasture", "wood"]
WhispTree = Literal["pcrop", "acrop", "timber"]


class Crop(BaseModel):
    """One crop; what a statistic does not know of it is None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: int = Field(ge=1)
    """Ours: the documented API takes integers but publishes no table."""
    name: str
    synonyms: tuple[str, ...]
    kind: CropKind
    tree: WhispTree
    """Whisp's decision tree for it (methods 1.5)."""
    tree_published: bool = True
    """False where Whisp has published none, and `tree` is our stand-in."""
    fao56: str | None = None
    """Row of the FAO-56 crop coefficients."""
    faostat: str | None = None
    """Item of FAOSTAT's crops and livestock products (QCL)."""
    eudr: bool = False
    """Listed in Annex I of Regulation (EU) 2023/1115."""


@cache
def crops() -> tuple[Crop, ...]:
    """Every crop, by code."""
    table = tomllib.loads((files("shared.crops") / "crops.toml").read_text("utf-8"))
    return tuple(sorted((Crop.model_validate(row) for row in table["crops"]), key=lambda crop: crop.code))


def crop_of(crop_type: str | int | None) -> Crop | None:
    """The crop of that name, synonym or code; None when none is given, and for one that is not in the table.

    A crop that we do not know is no reason to refuse plots: what depends on the crop is then null with a reason.
    """
    return None if crop_type is None else _by_name().get(_plain(str(crop_type)))


@cache
def _by_name() -> dict[str, Crop]:
    return {_plain(name): crop for crop in crops() for name in (str(crop.code), crop.name, *crop.synonyms)}


def _plain(name: str) -> str:
    """Small letters without accents, and one space where there are several, or a hyphen or underscore in a word."""
    letters = _JOINT.sub(" ", unicodedata.normalize("NFKD", name))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).casefold().split())
