"""Lines of a streamed body, ended by a line feed alone: texts inside may hold every other kind of line end."""

from collections.abc import Iterable, Iterator

from client.errors import Incomplete


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Each line without its line feed; raises `Incomplete` when the last one has none."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        raise Incomplete("the answer breaks off in the middle of a line")
