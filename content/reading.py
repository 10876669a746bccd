"""Reading content files: what is wrong is said with file, field and remedy."""

from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

LIMITS = ("min_length", "max_length", "ge", "expected")
"""What pydantic calls the limits that are told to the author."""
Model = TypeVar("Model", bound=BaseModel)


class ContentError(Exception):
    """A content file cannot be used; the message says which, where in it, and why."""


class _Twice(Exception):
    """A field stands twice in a mapping; YAML would silently forget the first."""

    def __init__(self, node: yaml.ScalarNode) -> None:
        self.field = str(node.value)
        self.line = node.start_mark.line + 1


class _Loader(yaml.CSafeLoader):
    """Read YAML, refusing a field that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node."""
        seen = []
        for name, _ in node.value:
            if name.value in seen:
                raise _Twice(name)
            seen.append(name.value)
        return super().construct_mapping(node, deep)


def read_yaml(file: Path, name: str) -> Any:
    """Return what a file holds. ContentError: it is no YAML in UTF-8, or says a thing twice."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506  (a safe loader)
    except UnicodeDecodeError as error:
        raise ContentError(complaint(name, "", "not_utf8", error.start)) from error
    except _Twice as error:
        raise ContentError(complaint(name, error.field, "twice", error.line)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(complaint(name, "", "not_yaml", mark.line + 1 if mark else "?")) from error


def validated(name: str, model: type[Model], content: Any) -> Model:
    """Return the content as this model. ContentError: the first field that cannot be used."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ContentError(_first(name, error)) from error


def _first(file: str, error: ValidationError) -> str:
    """Return the first complaint of a validation in plain Vietnamese; places in lists are counted from 1."""
    found = error.errors(include_url=False)[0]
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in found["loc"])
    reason = str(found["ctx"]["error"]) if found["type"] == "value_error" else found["type"]
    if reason in ("too_long", "too_short") and isinstance(found["input"], str):
        reason = f"string_{reason}"
    limits = (found.get("ctx", {}).get(limit) for limit in LIMITS)
    return complaint(file, field, reason, next((limit for limit in limits if limit is not None), ""))


def complaint(file: str, field: str, reason: str, value: Any) -> str:
    """Return file, field and reason in words, with what to do; the words are in complaints.yaml."""
    source = files("content").joinpath("complaints.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.load(source, yaml.CSafeLoader)
    parts = field.split(".")
    named = next((part for part in reversed(parts) if not part.isdecimal()), "")
    explained = words.get(f"{reason}.{named}", words.get(reason, words["other"])).format(value=value, reason=reason)
    return words["place"].format(file=file, field=field or words["whole_file"], explained=explained)
