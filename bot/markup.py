"""Our small markup, **bold** and bare links, as HTML or as plain text."""

import re

from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;:!?)»]")
_BLANK_LINES = re.compile(r"\n{2,}")


def to_html(text: str) -> Markup:
    """Return the text as HTML paragraphs; everything that is not our markup is escaped."""
    safe = str(escape(text.strip()))
    safe = _BOLD.sub(r"<strong>\1</strong>", safe)
    safe = _LINK.sub(r'<a href="\g<0>" rel="noopener" target="_blank">\g<0></a>', safe)
    paragraphs = (paragraph.replace("\n", "<br>") for paragraph in _BLANK_LINES.split(safe))
    return Markup("".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))  # noqa: S704  escaped above


def to_plain(text: str) -> str:
    """Return the text without markup."""
    return _BOLD.sub(r"\1", text)
