"""What a channel that carries messages out must do, and the one way in which it may fail."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from starlette.routing import BaseRoute

from handlers.messages import Inbound, Reply

Failure = Literal["passing", "slow_down", "gone", "final", "unsure"]
"""passing: trying again later may help. slow_down: the whole account must wait. gone: the person blocked us or is no
more. final: trying again cannot help. unsure: the message may have arrived all the same."""


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


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform account allows."""

    per_second: float
    at_once: int = 4  # requests under way


class Outbound(Protocol):
    """A platform account that replies are sent through."""

    name: str  # of the channel
    account: str
    limits: Limits

    async def send(self, address: str, reply: Reply) -> str:
        """Send a reply to one person; return the platform's id of the message. Raise only SendFailed."""
        ...


Receive = Callable[[Inbound], Awaitable[None]]
"""Takes a message in; returns once it is recorded with its answer, and may be acknowledged."""


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
