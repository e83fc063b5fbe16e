"""Which media type a file of plots has, by the ending of its name."""

from pathlib import Path

from contracts.formats import BY_SUFFIX


def media_type_of(file: Path) -> str:
    """The media type to declare for `file`; raises `ValueError` naming the known endings."""
    try:
        return BY_SUFFIX[file.suffix.lower()].media_types[0]
    except KeyError:
        raise ValueError(f"{file.name}: unknown kind of file; known endings are {', '.join(BY_SUFFIX)}") from None
