"""How one band of a layer is encoded, and what days it stands for."""

from datetime import date
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number: TypeAlias = int | float
Decoder: TypeAlias = Literal[
    "categorical", "percent", "quantity", "year", "year_offset", "days_since", "year_doy", "digit_days", "day_of_year"
]
YEARS: tuple[Decoder, ...] = ("year", "year_offset")
DATES: tuple[Decoder, ...] = ("days_since", "year_doy", "digit_days", "day_of_year")


class Entry(BaseModel):
    """A table of a catalogue file: no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BandSpec(Entry):
    """How one band is encoded; years are calendar years."""

    name: str
    variable: str = ""
    """What a band in time is of, where a layer has several such; `{variable}` in file names."""
    dtype: Literal["int8", "uint8", "int16", "uint16", "int32", "float32"]
    """Type of the published files; any whole-number type that holds the same codes is read."""
    decoder: Decoder
    """`quantity`: a measure, `value * scale + offset` in `units`. All others but `categorical` and `percent` are of events,
    0 none: `year` the year itself, `year_offset` after adding `year_offset`, `days_since` days after `epoch`, `year_doy` YYDDD,
    `digit_days` a digit of confidence and four of days after `epoch`, `day_of_year` of the band's year."""
    year_offset: int = 0
    epoch: date | None = None
    scale: float = 1.0
    offset: float = 0.0
    units: str
    """Of what the values mean when they are decoded."""
    values: tuple[tuple[Number, Number], ...] = Field(min_length=1)
    """Ranges of the values that may stand in a file, ends included, as they stand there; anything else is another encoding."""
    nodata: Number | None = None
    """Value that says that nothing is known, beside what a file itself declares."""
    unknown: tuple[tuple[Number, Number], ...] = ()
    """Ranges of further such values: fill by cause, values outside what the publisher calls valid."""
    meaning: dict[int, str] = Field(default_factory=dict)
    first_year: int | None = None
    """First and last year that the band has observed."""
    last_year: int | None = None
    start: date | None = None
    """First and last day of a band in time; None for others."""
    end: date | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    """`year`, `month`, `dekad`, `doy` of a band in time, as its files say them."""
    url: str = ""
    """Address of this band where the layer's own does not lead to it."""
    file: str = ""
    """Name in the layer's folder, likewise."""

    @model_validator(mode="after")
    def _decodable(self) -> Self:
        if self.dtype == "float32" and self.decoder != "quantity":
            raise ValueError(f"{self.name}: codes are whole numbers")
        if (self.scale, self.offset) != (1.0, 0.0) and self.decoder != "quantity":
            raise ValueError(f"{self.name}: only a quantity has a scale")
        if (self.epoch is None) == (self.decoder in ("days_since", "digit_days")):
            raise ValueError(f"{self.name}: days are counted from an epoch, and nothing else is")
        if self.decoder == "day_of_year" and (self.first_year is None or self.first_year != self.last_year):
            raise ValueError(f"{self.name}: a day of the year belongs to one year")
        return self

    @property
    def days(self) -> int:
        """Days that a band in time stands for: 8 to 11 in a third dekad, 5 or 6 in the last composite of a year. Raises ValueError."""
        if self.start is None or self.end is None:
            raise ValueError(f"{self.name} is no band in time")
        return (self.end - self.start).days + 1
