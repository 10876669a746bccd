"""Who stands in front of the fake Zalo, and its clock."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: dt.datetime

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@dataclass
class Person:
    """Somebody on Zalo, as the OA sees them."""

    id: str
    follows: bool = False
    heard_at: dt.datetime | None = None
    free: int = 0  # free messages left until they interact again
    refusal: int = 0  # a code that everything to them is refused with
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages if "text" in message]

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons of the last message."""
        return buttons_of(self.messages[-1]) if self.messages else []


def buttons_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the buttons of a message."""
    buttons: list[dict[str, Any]] = message.get("attachment", {}).get("payload", {}).get("buttons", [])
    return buttons
