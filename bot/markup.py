"""Our small markup, **bold** and bare links, as HTML or as plain text."""

import re

from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"(https://[^\s<>\"'*]+[^\s<>\"'*.,;:!?)»])")
_BLANK_LINES = re.compile(r"\n{2,}")


def to_html(text: str) -> Markup:
    """Return the text as HTML paragraphs; everything that is not our markup is escaped."""
    around = _LINK.split(text.strip())  # links stand at the odd places
    linked = (_anchor(part) if place % 2 else str(escape(part)) for place, part in enumerate(around))
    safe = _BOLD.sub(r"<strong>\1</strong>", "".join(linked))
    paragraphs = (paragraph.replace("\n", "<br>") for paragraph in _BLANK_LINES.split(safe))
    return Markup("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))  # noqa: S704  escaped above


def _anchor(link: str) -> str:
    safe = escape(link)
    return f'<a href="{safe}" rel="noopener" target="_blank">{safe}</a>'


def to_plain(text: str) -> str:
    """Return the text without markup."""
    return _BOLD.sub(r"\1", text)
