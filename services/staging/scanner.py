"""Find the parts of a JSON text without decoding it, so that a file of any size is parsed feature by feature.

The cursor trusts nothing but the glue between values (braces, commas, colons). The inside of a value is only
measured, by balancing brackets outside strings; whoever decodes the slice with a strict parser proves it valid.
"""

import mmap
import re
from collections.abc import Iterator
from typing import Final

import orjson

Text = bytes | mmap.mmap

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR: Final = re.compile(rb'[^][{}:,"\s]++')
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_KEY: Final = re.compile(rb'[ \t\r\n]*+("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\r\n]*+:[ \t\r\n]*+', re.DOTALL)
_MARK: Final = re.compile(rb"[ \t\r\n]*+([][{},])")
_NESTING: Final = {  # each match runs over strings and all else up to the next brace or bracket
    b"{": re.compile(rb'(?:[^"{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([{}])', re.DOTALL),
    b"[": re.compile(rb'(?:[^"\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([\[\]])', re.DOTALL),
}


class Malformed(Exception):
    """The text is no JSON at byte `position`."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class Cursor:
    """A place in a JSON text. Between two steps of `members` the caller moves it over the value."""

    def __init__(self, text: Text, at: int = 0) -> None:
        self.text = text
        self.at = at

    def peek(self) -> bytes:
        """The first byte of the next value; empty at the end of the text."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at : self.at + 1]

    def members(self) -> Iterator[str]:
        """Each key of the object that starts here; raises `Malformed`."""
        self.mark(b"{")
        if self.peek() == b"}":
            self.at += 1
            return
        while True:
            key = _KEY.match(self.text, self.at)
            if key is None:
                raise Malformed(self.at, "expected a key in double quotation marks and a colon")
            self.at = key.end()
            yield self._key(key[1], key.start(1))
            if self.mark(b",", b"}") == b"}":
                return

    def value(self) -> tuple[int, int]:
        """Move over the value that starts here; answers its start and end."""
        first = self.peek()
        start = self.at
        if first in _NESTING:
            self.at = self._balanced(_NESTING[first], first)
        else:
            pattern = _STRING if first == b'"' else _SCALAR
            found = pattern.match(self.text, start)
            if found is None:
                raise Malformed(start, "expected a value" if first else "the text ends too early")
            self.at = found.end()
        return start, self.at

    def _balanced(self, marks: re.Pattern[bytes], opening: bytes) -> int:
        """End of the object or array that starts here: in valid JSON braces and brackets balance each by themselves."""
        at, depth = self.at, 0
        while found := marks.match(self.text, at):
            at = found.end()
            depth += 1 if found[1] == opening else -1
            if depth == 0:
                return at
        raise Malformed(len(self.text), "the text ends too early")

    def mark(self, *expected: bytes) -> bytes:
        """Move over one of the `expected` marks and answer it; raises `Malformed`."""
        found = _MARK.match(self.text, self.at)
        if found is None or found[1] not in expected:
            wanted = " or ".join(mark.decode() for mark in expected)
            raise Malformed(self.at, f"expected {wanted}" if self.peek() else "the text ends too early")
        self.at = found.end()
        return found[1]

    def _key(self, quoted: bytes, position: int) -> str:
        try:
            return str(orjson.loads(quoted))
        except orjson.JSONDecodeError as error:
            raise Malformed(position, error.msg) from error


def line_and_column(text: Text, position: int) -> tuple[int, int]:
    """Line and column (in bytes) of a byte position, both from 1."""
    before = text[:position]
    return before.count(b"\n") + 1, position - before.rfind(b"\n")


def written(raw: bytes, start: int, key: str) -> str:
    """The text of the last member `key` of the object at `start`, which is valid JSON: the one that a decoder takes."""
    cursor = Cursor(raw, start)
    found = {name: cursor.value() for name in cursor.members()}
    return raw[slice(*found[key])].decode()
