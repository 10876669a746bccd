"""What every content file is made of: text as it is typed, names, and sources with dates."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _composed(text: str) -> str:
    """Return the text, which must be in NFC: the same letters typed two ways would not match."""
    if text != unicodedata.normalize("NFC", text):
        raise ValueError("not_nfc")
    if text != text.strip():
        raise ValueError("outer_spaces")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_composed)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$")]


class Strict(BaseModel):
    """Refuse unknown fields and every silent conversion; never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_SITE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
_ARTICLE = re.compile(r", bài (?:có số )?(?:[\w-]*\d[\w-]*|[a-z]+(?:-[a-z]+)+)(?= về |[,;]|$)")


class Source(Strict):
    """Where a fact was read."""

    id: SourceId
    name: Annotated[Text, Field(max_length=200)]
    """Publisher and what identifies the page or document."""
    published: Annotated[str, Field(pattern=r"^20\d\d(-\d\d(-\d\d)?)?$")] | None = None
    """Date of the source itself, as exactly as it is known; none for general knowledge."""
    link: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None

    @property
    def site(self) -> str:
        """The web site the name begins with; empty where it begins with words."""
        found = _SITE.match(self.name)
        return found[0] if found else ""

    @property
    def plain(self) -> str:
        """The name as people say it: without the number or the address of an article."""
        return _ARTICLE.sub("", self.name)


class Sourced(Strict):
    """A file of facts: where they were read, when that was, and when to look again."""

    sources: Annotated[tuple[Source, ...], Field(min_length=1, strict=False)]
    checked: Annotated[dt.date, Field(strict=False)]
    check_again: Annotated[dt.date, Field(strict=False)]

    @model_validator(mode="after")
    def _sources_and_dates_hold(self) -> Self:
        if len({source.id for source in self.sources}) != len(self.sources):
            raise ValueError("sources_repeat")
        if self.check_again <= self.checked:
            raise ValueError("check_again_not_later")
        return self
