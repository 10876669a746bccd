"""Our small markup, **bold** and bare links, as HTML or as plain text; and texts cut to what a message holds."""

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


def units(text: str) -> int:
    """Return how long the platforms find a text: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, most: int) -> list[str]:
    """Return the text in parts of at most so many units, cut between paragraphs, else lines, else words.

    A cut near the start would leave a scrap of a message: then rather within a word, but never within a sign.
    """
    parts = []
    rest = text.strip()
    while units(rest) > most:
        head = rest.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
        gaps = (head.rfind(gap, len(head) // 2) for gap in ("\n\n", "\n", " "))
        cut = next((gap for gap in gaps if gap > 0), len(head))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]
