"""Words: what the office reads, from the files in texts/."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def words(name: str) -> dict[str, Any]:
    """Return the words of the file of this name."""
    source = files("office").joinpath(f"texts/{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(source, yaml.CSafeLoader)
    return found
