"""aiogram without the types of everything that Telegram knows.

Importing aiogram builds some 400 pydantic models, of which a listener that takes updates as they come needs one:
four seconds of five, and 110 MB of 170 (`python -X importtime -c "import aiogram"`). aiogram itself asks for
`defer_build`, and then builds them all the same, to resolve what they refer to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel


@contextmanager
def light_types() -> Iterator[None]:
    """Leave the types of aiogram unbuilt while it is imported; those that refer to no other build when first used."""
    build = vars(BaseModel)["model_rebuild"]

    def put_off(model: type[BaseModel], /, **options: Any) -> bool | None:
        if model.__module__.startswith("aiogram.types."):
            return None
        rebuilt: bool | None = build.__func__(model, **options)
        return rebuilt

    BaseModel.model_rebuild = classmethod(put_off)  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        BaseModel.model_rebuild = build  # type: ignore[method-assign]
