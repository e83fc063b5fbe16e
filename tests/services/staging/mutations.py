"""Small changes to files, chosen by a seed: bytes, numbers and pieces, and for archives those of their members."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random

from tests.services.staging.pack import zipped

NUMBERS = [value.to_bytes(width, order) for width in (1, 2, 4, 8) for value in (0, 1, 0x7F, 0x80, 0xFF) for order in ("little", "big")] + [
    b"\xff\xff\xff\x7f",
    b"\x7f\xff\xff\xff",
    b"\xff" * 8,
    bytes(8),
]
TOKENS = [b"null", b"NaN", b"1e400", b"-1", b"\0", b"\xff", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"[", b"{", b"}", b"<", b"&", b"]]>",
          b"9" * 40, b"\xed\xa0\x80", b"\\ud800", b"EMPTY", b"Z", b"POINT", b"(((", b"http://127.0.0.1:9/", b"/etc/passwd"]  # fmt: skip
FIGURES = [b"0", b"-0", b"1", b"-1", b"90", b"90.0000001", b"180", b"-180", b"180.0000001", b"1e-320", b"1e308", b"-1e308", b"10.123457",
           b"5.123457", b"10.12345700000000000000001", b"9007199254740993", b"0x1A", b"1e", b".5", b"5.", b"+5", b"\xd9\xa5"]  # fmt: skip
_FIGURE = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")
HOW_MANY = (1, 1, 1, 2, 4)
"""How many changes a file gets: most get one, since two rarely leave a file that can be read."""
SHORT = 40
"""Bytes of a piece."""


def mutated(random: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """`body` with a few changes; a change may take a piece from `others`."""
    if body.startswith(b"PK\x03\x04") and random.random() < 0.8:  # else nothing but checksums would be tried
        repacked = _with_changed_member(random, body, others)
        if repacked is not None:
            return repacked
    for _ in range(random.choice(HOW_MANY)):
        body = random.choice(CHANGES)(random, body, others)
    return body


def _with_changed_member(random: Random, body: bytes, others: Sequence[bytes]) -> bytes | None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist() if info.file_size < 1 << 20}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
        return None
    if not members:
        return None
    name = random.choice(sorted(members))
    members[name] = mutated(random, members[name], others)
    return zipped(members)


def _place(random: Random, body: bytes) -> int:
    """Anywhere, but more often at one of the ends, where headers and footers are."""
    near = min(len(body), 600)
    return random.choice((random.randint(0, len(body)), random.randint(0, near), len(body) - random.randint(0, near)))


def _bit(random: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    if not body:
        return b"\x01"
    at = min(_place(random, body), len(body) - 1)
    return body[:at] + bytes([body[at] ^ 1 << random.randrange(8)]) + body[at + 1 :]


def _number(random: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    at, number = _place(random, body), random.choice(NUMBERS)
    return body[:at] + number + body[at + len(number) :]


def _token(random: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    at = _place(random, body)
    return body[:at] + random.choice(TOKENS) + body[at + random.choice((0, 1, 4)) :]


def _cut(random: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    return body[: _place(random, body)]


def _drop(random: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    at = _place(random, body)
    return body[:at] + body[at + random.randint(1, SHORT) :]


def _repeat(random: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    at = _place(random, body)
    piece = body[at : at + random.randint(1, SHORT)]
    return body[:at] + piece * random.choice((2, 3, 50)) + body[at:]


def _splice(random: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    start, at = _place(random, other), _place(random, body)
    piece = other[start : start + random.randint(1, 10 * SHORT)]
    return body[:at] + piece + body[at + random.choice((0, len(piece))) :]


def _figure(random: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Another number in a text: the file stays well-formed, and more of the reading is reached."""
    found = list(_FIGURE.finditer(body[: 1 << 14]))
    if not found:
        return _token(random, body, others)
    start, end = random.choice(found).span()
    return body[:start] + random.choice(FIGURES) + body[end:]


Change = Callable[[Random, bytes, Sequence[bytes]], bytes]
CHANGES: Sequence[Change] = (
    _bit,
    _bit,
    _number,
    _number,
    _token,
    _token,
    _figure,
    _figure,
    _figure,
    _figure,
    _cut,
    _drop,
    _repeat,
    _splice,
)
