"""The corpus of bad input: every file with its answer, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from tests.services.staging.corpus import archives, binary, found, json_files, mistaken, plots, tables
from tests.services.staging.corpus.case import Case

SYSTEM: Mapping[str, str] = {
    "MAX_PLOTS": str(plots.MAX_PLOTS),
    "MAX_VERTICES_PER_PLOT": str(plots.MAX_VERTICES),
    "MAX_ARCHIVE_BYTES": str(archives.MAX_ARCHIVE_MIB << 20),
    "PARSER_MEMORY_MIB": "512",
    "PARSER_S": "10",
}
"""Settings that the answers assume: small limits, so that files beyond them are small."""


def _named() -> Mapping[str, Case]:
    corpus: dict[str, Case] = {}
    for part in (plots, mistaken, json_files, tables, archives, binary, found):
        for case in part.cases():
            name = f"{case.row} ({case.format})"
            assert name not in corpus, name
            corpus[name] = case
    return MappingProxyType(corpus)


CORPUS = _named()
