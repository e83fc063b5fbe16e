"""The country of a collection: the one that was given, or the one that its plots lie in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.geo.country_names import country_code, country_name

OVERRIDE_SHARE: Final = 0.5
"""Another country that holds this share of all locations takes the place of the given one."""


@dataclass(frozen=True, slots=True)
class CountryOverride:
    """What `country_override_info` says."""

    was_overridden: bool
    original_country: str
    detected_country: str
    message: str


@dataclass(frozen=True, slots=True)
class CountryVerdict:
    """The country that the collection is processed with, and the override that brought it."""

    country: str | None
    """ISO 3166-1 alpha-2; None when nobody gave one and the plots do not say."""
    override: CountryOverride | None = None


def settle_country(given: str | None, plots: Sequence[str | None]) -> CountryVerdict:
    """The country of a collection from the given one (any spelling) and the codes of its plots, each one location.

    The given one gives way to another with at least half of all locations, those in no country included; with
    exactly half against half it stays. None given: the country with the most locations, none when two share that.
    Raises `Refused` when the given one is unknown or ambiguous.
    """
    declared = None if given is None or not given.strip() else country_code(given)
    ranked = Counter(code for code in plots if code is not None).most_common(2)
    leads = bool(ranked) and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])
    if declared is None or given is None:
        return CountryVerdict(ranked[0][0] if leads else None)
    if not leads or ranked[0][0] == declared or ranked[0][1] < OVERRIDE_SHARE * len(plots):
        return CountryVerdict(declared)
    code, count = ranked[0]
    return CountryVerdict(code, _override(given.strip(), country_name(code), f"{count}/{len(plots)}"))


def _override(given: str, detected: str, share: str) -> CountryOverride:
    message = f"Country automatically overridden from '{given}' to '{detected}' based on file locations ({share} locations in {detected})"
    return CountryOverride(True, given, detected, message)
