"""A neighbourhood's standing as a picture to pass on: what its template is filled in with."""

from typing import Any

from handlers.speech import viet_nam
from handlers.standing import Figure, Standing
from office import typesetting
from office.coverage_table import percent
from office.words import words

TEMPLATE = "standing"


def given(standing: Standing, ward: str) -> dict[str, str]:
    """Return what the template is filled in with."""
    said, target = words("standings"), percent(standing.target / 100, "0")
    row = standing.basic.row
    if row.adults is None:
        left = said["no_adults"]
    elif standing.basic.hidden:
        left = said["few_yet"].format(target=target)
    else:
        left = said["missing" if row.missing else "reached"].format(missing=row.missing, target=target)
    return {
        "name": standing.name,
        "heading": said["heading"],
        "covered": _covered(standing.basic, said),
        "left": left,
        "bars": typesetting.packed([_bar(figure, said) for figure in standing.skills]),
        "target": str(standing.target),
        "line": said["line"].format(target=target),
        "at": said["at"].format(at=viet_nam(standing.at)),
        "foot": said["foot"].format(ward=ward),
    }


def _covered(figure: Figure, said: dict[str, Any], how: str = "covered") -> str:
    row = figure.row
    if figure.hidden:
        return str(said["few"])
    if row.percent is None:
        return str(said["covered_only"]).format(covered=row.covered)
    share = percent(row.percent / 100, "0")
    return str(said[how]).format(covered=row.covered, adults=row.adults, percent=share)


def _bar(figure: Figure, said: dict[str, Any]) -> dict[str, Any]:
    """Return one bar; where nothing may be shown, it is empty, and without adults there is none."""
    share = figure.row.share
    full = None if share is None else 0.0 if figure.hidden else min(share, 1.0)
    return {"title": figure.title, "said": _covered(figure, said, "bar"), "share": full}
