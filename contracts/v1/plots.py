"""Facts about a collection's plots: they are staged, they are uploaded."""

from typing import ClassVar

from pydantic import Field

from contracts.envelope import Message


class PlotsStaged(Message):
    """The file was checked and its good plots lie, sorted by space, in the collection's staged file."""

    TYPE: ClassVar[str] = "plots.staged.v1"

    collection_id: str = Field(max_length=80)
    run_id: str = Field(max_length=80)
    ring: int = Field(default=1, ge=1)

    def subject(self) -> str | None:
        return self.collection_id


class PlotsUploaded(Message):
    """Every staged plot of the collection is a row of the database."""

    TYPE: ClassVar[str] = "plots.uploaded.v1"

    collection_id: str = Field(max_length=80)
    run_id: str = Field(max_length=80)

    def subject(self) -> str | None:
        return self.collection_id
