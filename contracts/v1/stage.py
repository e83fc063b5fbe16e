"""A task ended: the tracker looks at the rows again."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.envelope import Message


class StageEvent(Message):
    """One task of a run reached its end. The rows say the same: this only rings."""

    TYPE: ClassVar[str] = "stage.event.v1"

    run_id: str = Field(max_length=80)
    stage: str = Field(max_length=40)
    """`staging`, `uploading`, the name of a statistic, or `summarising`."""
    part: int = Field(ge=0)
    state: Literal["done", "failed"]
    code: str | None = Field(default=None, max_length=80)

    def subject(self) -> str | None:
        return f"{self.run_id}/{self.stage}/{self.part}"
