"""Countries by name: spellings that people use, in many languages, and those that mean two countries."""

import pytest

from shared.errors import Refused
from shared.geo.boundaries import natural_earth
from shared.geo.country_names import alpha3, country_code, country_name

PRODUCERS = "GH CI CM NG BR ID MY VN CO PE EC HN GT ET UG KE TZ RW CD CG GA LR SL TG BJ PG IN LA KH TH MM CR NI MX BO PY AR MG MW ZM"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ghana", "GH"),
        ("  ghana ", "GH"),
        ("GHA", "GH"),
        ("gh", "GH"),
        ("Cote d'Ivoire", "CI"),
        ("CÔTE D’IVOIRE", "CI"),
        ("Ivory Coast", "CI"),
        ("Elfenbeinküste", "CI"),
        ("Costa de Marfil", "CI"),
        ("DRC", "CD"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Congo-Kinshasa", "CD"),
        ("Zaire", "CD"),
        ("République du Congo", "CG"),
        ("Burma", "MM"),
        ("Viet Nam", "VN"),
        ("Việt Nam", "VN"),
        ("Brasil", "BR"),
        ("Lao People's Democratic Republic", "LA"),
        ("Tanzania, United Republic of", "TZ"),
        ("Bolivia (Plurinational State of)", "BO"),
        ("Korea, Republic of", "KR"),
        ("The Gambia", "GM"),
        ("Guinea", "GN"),
        ("Guinea-Bissau", "GW"),
        ("Papua New Guinea", "PG"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Dominica", "DM"),
        ("Dominican Republic", "DO"),
        ("UK", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("Kosovo", "XK"),
        ("XKX", "XK"),
        ("Swaziland", "SZ"),
        ("中国", "CN"),
        ("Россия", "RU"),
        ("Ấn Độ", "IN"),
        ("إثيوبيا", "ET"),
        ("French Guiana", "FR"),
    ],
)
def test_a_common_spelling_is_the_country(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "choices"), [("Congo", ("CD", "CG")), ("korea", ("KP", "KR")), ("Конго", ("CD", "CG")), ("Virgin Islands", ("VG", "VI"))]
)
def test_a_name_of_two_countries_is_refused_with_the_choices(text: str, choices: tuple[str, str]) -> None:
    with pytest.raises(Refused, match=f"{choices[0]} .*{choices[1]} ") as refused:
        country_code(text)
    assert refused.value.code == "ambiguous_country"


@pytest.mark.parametrize("text", ["Atlantis", "", "  ", "XX", "ZZZ", "840", "-99", "Ghana!Ghana", "Europe", "European Union", "EU"])
def test_what_is_no_country_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        country_code(text)
    assert refused.value.code == "unknown_country"


@pytest.mark.parametrize("code", PRODUCERS.split())
def test_a_country_is_known_by_its_codes_and_by_the_name_that_we_write(code: str) -> None:
    assert {country_code(text) for text in (code, str(alpha3(code)), country_name(code))} == {code}


def test_every_country_of_the_borders_has_a_name_of_its_own() -> None:
    names = {code: country_name(code) for code in natural_earth().countries}
    assert all(name != code for code, name in names.items())
    assert len(set(names.values())) == len(names)
    assert all(country_code(name) == code for code, name in names.items())
