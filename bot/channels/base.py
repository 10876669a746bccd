"""What a channel that carries messages out must do, and the one way in which it may fail."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from starlette.routing import BaseRoute

from handlers.messages import Inbound, Reply

Failure = Literal["passing", "slow_down", "gone", "final", "unsure"]
"""passing: trying again later may help. slow_down: the whole account must wait. gone: the person blocked us or is no
more. final: trying again cannot help. unsure: the message may have arrived all the same."""


PLENTY = 10**9
"""Room where there is no cap."""


class SendFailed(Exception):
    """The platform did not take a message."""

    def __init__(self, failure: Failure, reason: str, retry_in: float | None = None) -> None:
        """Say what follows, and why in words for the office: a code, a status, nothing of the message.

        `retry_in`: seconds the platform asked to wait; None: the usual time, longer after every try.
        """
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.retry_in = retry_in
        self.taken = 0  # messages of the reply that the platform took before it failed


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform account allows."""

    per_second: float
    at_once: int = 4  # requests under way
    window: float = 1.0  # seconds in which the platform counts


class Outbound(Protocol):
    """A platform account that replies are sent through."""

    name: str  # of the channel
    account: str
    limits: Limits

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> Sequence[str]:
        """Send a reply to one person; return the platform's ids of the messages it took. Raise only SendFailed.

        `urgent`: an answer; if not, it is something that nobody has asked for.
        """
        ...

    async def room(self, now: dt.datetime) -> int:
        """Return how many reminders may leave before a cap of the account is reached."""
        ...


Receive = Callable[[Inbound], Awaitable[None]]
"""Takes a message in; returns once it is recorded with its answer, and may be acknowledged."""


PictureOf = Callable[[Reply], Awaitable[Path | None]]
"""Finds the picture that goes out with a reply, as a PNG; None: the text goes alone. Raises nothing."""


async def no_picture(reply: Reply) -> Path | None:
    """Let every text go alone."""
    return None


class Platform(Protocol):
    """A platform account: listens, and speaks through its outbound channel."""

    @property
    def outbound(self) -> Outbound:
        """The account's way out."""
        ...

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """Return the webhook's routes, none while polling."""
        ...

    async def listen(self, receive: Receive) -> None:
        """Open connections, and poll until cancelled where there is no webhook; outlive an unreachable platform."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
