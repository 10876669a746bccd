"""The shape of a lesson file as JSON Schema, so that an editor helps while one writes."""

import json
from importlib.resources import files
from typing import Any

import yaml

from lessons.model import Lesson


def schema() -> dict[str, Any]:
    """Return the schema, each field explained in Vietnamese."""
    source = files("lessons").joinpath("fields.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.load(source, yaml.CSafeLoader)
    found = Lesson.model_json_schema()
    for shape in (found, *found["$defs"].values()):
        shape.pop("description", None)
        shape.pop("title", None)
        for name, field in shape["properties"].items():
            field.pop("title", None)
            field["description"] = words[name]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def as_json() -> str:
    """Return the schema as it is committed and printed."""
    return json.dumps(schema(), ensure_ascii=False, indent=2)
