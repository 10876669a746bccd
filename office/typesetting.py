"""Typesetting: pictures and print from the templates in typst/, in our own fonts, alike on every machine."""

import hashlib
import io
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import local
from typing import Any
from uuid import uuid4

from office.printable import all_printable

TEMPLATES = Path(__file__).parent / "typst"
FONTS = TEMPLATES / "fonts"
COLOURS = 48
"""Enough for flat drawings and smooth letters; with all its colours a picture is three times as large."""
PIXELS_AS_POINTS = 72.0

_mine = local()


class Unprintable(Exception):
    """The template refuses what it was given, or the typesetter is not there; the message says why."""


def png(template: str, given: Mapping[str, str], ppi: float = PIXELS_AS_POINTS) -> bytes:
    """Return the template filled in, as a PNG of few colours. Raise Unprintable."""
    from PIL import Image  # noqa: PLC0415  heavy, and the chat alone never needs it

    with Image.open(io.BytesIO(_compiled(template, given, format="png", ppi=ppi))) as drawn:
        small = drawn.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    small.save(packed, "PNG")
    return packed.getvalue()


def kept(folder: Path, template: str, given: Mapping[str, str], ppi: float = PIXELS_AS_POINTS) -> Path:
    """Return the file of a PNG in a folder, drawn unless it was before. Raise Unprintable, OSError."""
    file = folder / f"{fingerprint(template, given)}.png"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        whole = file.with_suffix(f".{uuid4().hex}")  # nobody may read half of it
        whole.write_bytes(png(template, given, ppi))
        whole.replace(file)
    return file


def pdf(template: str, given: Mapping[str, str]) -> bytes:
    """Return the template filled in, as a PDF that screen readers can read. Raise Unprintable.

    With a sign that our fonts lack, such as a smiley in a name, it is no such PDF, and a box stands for the sign.
    """
    try:
        return _compiled(template, given, format="pdf", pdf_standards="ua-1")
    except Unprintable:
        return _compiled(template, given, format="pdf")


def packed(value: Any) -> str:
    """Return a value as templates read it, JSON, without the signs that no document can hold."""
    return json.dumps(all_printable(value), ensure_ascii=False)


def qr(link: str) -> str:
    """Return the code that leads to a link as an SVG, with the white border that cameras need."""
    import segno  # noqa: PLC0415  only what is printed has codes

    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, "svg", border=4, dark="#000", light="#fff")
    return drawn.getvalue().decode()


def check(template: str, given: Mapping[str, str]) -> None:
    """Lay the template out without drawing it, four times as fast. Raise Unprintable."""
    _compiled(template, given, format="png", ppi=1.0)


def fingerprint(template: str, given: Mapping[str, str]) -> str:
    """Return what changes whenever the picture would: a hash of all that it is made from."""
    parts = json.dumps([template, dict(given), COLOURS, _makers()], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:24]


def _compiled(template: str, given: Mapping[str, str], **how: Any) -> bytes:
    """Return what the typesetter makes; the threads it runs on have a compiler each, which keeps the fonts."""
    try:
        import typst  # noqa: PLC0415  81 MB, and the chat alone never needs it
    except ImportError as error:
        raise Unprintable(str(error)) from error
    if not hasattr(_mine, "compiler"):
        _mine.compiler = typst.Compiler(root=str(TEMPLATES), font_paths=[str(FONTS)], ignore_system_fonts=True)
    try:
        made, warnings = _mine.compiler.compile_with_warnings(
            str(TEMPLATES / f"{template}.typ"), sys_inputs=all_printable(given), **how
        )
    except typst.TypstError as error:
        raise Unprintable(str(error)) from error
    if warnings:
        raise Unprintable("; ".join(str(warning) for warning in warnings))
    return bytes(made)


@cache
def _makers() -> str:
    """Return a hash of the templates and fonts, with the versions of what draws."""
    made = hashlib.sha256()
    for file in sorted(TEMPLATES.rglob("*.t[yt][pf]")):
        made.update(file.read_bytes())
    return f"{made.hexdigest()} {version('typst')} {version('pillow')}"
