"""The errors of the system, sorted by what happens next.

* PlotproofError
    * Refused      this input has no answer: recorded with its code, never tried again
    * Unavailable  something we need is away: tried again later
    * Unreadable   a message or file that cannot be decoded: parked
    * Unroutable   no queue hears an order: the publisher must know
    * Conflict     somebody else holds what we wanted to change: dropped
"""

from typing import ClassVar


class PlotproofError(Exception):
    """Base of every error that this system raises on purpose; `code` is stable and snake_case."""

    default_code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code


class Refused(PlotproofError):
    """This input has no answer, now or later."""

    default_code = "refused"


class Unavailable(PlotproofError):
    """A service, a store or a layer that we need does not answer now; `retry_after_s` is a wish."""

    default_code = "unavailable"

    def __init__(self, detail: str, code: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(detail, code)
        self.retry_after_s = retry_after_s


class Unreadable(PlotproofError):
    """Bytes that do not decode to what they claim to be."""

    default_code = "unreadable"


class Unroutable(PlotproofError):
    """A message that some queue must hear was taken by none."""

    default_code = "unroutable"


class Conflict(PlotproofError):
    """The row changed under us: another holder, an ended task or an ended run."""

    default_code = "conflict"
