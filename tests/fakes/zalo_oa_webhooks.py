"""How the fake Zalo tells of events: signed over the exact bytes, again when nobody listens, then no more."""

import datetime as dt
import hashlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2

APP_ID = "4410000000000000001"
OA_ID = "2020000000000000002"
OA_SECRET = "oa-secret-of-nobody"  # noqa: S105
LADDER = (30, 300, 900, 1800, 3600)
"""Seconds from one attempt to the next; after the last the webhook is switched off."""
DEADLINE_SECONDS = 2
CERTIFICATES = ssl.create_default_context()
"""Read once: it takes longer than everything else about a client."""

Event = dict[str, Any]
Clock = Callable[[], dt.datetime]


def signature(body: bytes, timestamp: str, first: str = APP_ID, secret: str = OA_SECRET) -> str:
    """Return the hexadecimal signature of a body."""
    return hashlib.sha256(first.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


@dataclass(frozen=True)
class Told:
    """One attempt."""

    status: int  # 0: no answer in time
    body: bytes
    headers: dict[str, str]


@dataclass
class Untold:
    """An event nobody has taken yet."""

    due: dt.datetime
    body: bytes
    headers: dict[str, str]
    tries: int = 1


@dataclass
class Webhooks:
    """Tells an address of events. The switches are the points on which documents and practice differ."""

    clock: Clock
    url: str = ""
    form: str = "mac={}"  # or "sha256={}", or "{}"
    timestamp_in: str = "body"  # or "header"
    first: str = APP_ID  # or OA_ID
    secret: str = OA_SECRET
    spaced: bool = False  # whether the JSON has spaces and escapes
    enabled: bool = True
    untold: list[Untold] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    def event(self, name: str, **fields: Any) -> Event:
        """Return an event as it is sent: every id and number is a text."""
        stamp = f"{int(self.clock().timestamp() * 1000) + next(self.numbers) % 1000}"
        return {
            "app_id": APP_ID,
            "user_id_by_app": "8800000000000000004",
            "event_name": name,
            "timestamp": stamp,
            **fields,
        }

    def signed(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """Return the exact bytes of an event and the headers that go with them."""
        separators = (", ", ": ") if self.spaced else (",", ":")
        body = json.dumps(event, ensure_ascii=self.spaced, separators=separators).encode()
        stamp = str(event.get("timestamp", ""))
        headers = {"content-type": "application/json"}
        if self.timestamp_in == "header":
            stamp = f"{int(stamp) + 5}"
            headers["X-ZEvent-Timestamp"] = stamp
        made = signature(body, stamp, self.first, self.secret)
        return body, {**headers, "X-ZEvent-Signature": self.form.format(made)}

    async def tell(self, event: Event) -> int:
        """Send an event, to be sent again unless it is taken; return the status, 0 for no answer in time."""
        if not self.enabled:
            return 0
        body, headers = self.signed(event)
        status = await self.post(body, headers)
        if status != 200:
            self.untold.append(Untold(self.clock() + dt.timedelta(seconds=LADDER[0]), body, headers))
        return status

    async def post(self, body: bytes, headers: dict[str, str], tries: int = 0) -> int:
        """Send bytes; return the status, 0 when there was no answer in time."""
        try:
            async with httpx2.AsyncClient(timeout=DEADLINE_SECONDS, verify=CERTIFICATES) as client:
                response = await client.post(self.url, content=body, headers={**headers, "num_retry": str(tries)})
            status = response.status_code
        except httpx2.HTTPError:
            status = 0
        self.told.append(Told(status, body, headers))
        return status

    async def insist(self, body: bytes, headers: dict[str, str]) -> int:
        """Send bytes, again a few times when the answer came too late, as on a busy machine; return the last status."""
        for tries in range(len(LADDER)):
            status = await self.post(body, headers, tries)
            if status not in (0, 503):
                break
        return status

    async def again(self) -> None:
        """Send again what is due by the clock; switch off after the last attempt."""
        for untold in [untold for untold in self.untold if untold.due <= self.clock()]:
            if await self.post(untold.body, untold.headers, untold.tries) == 200:
                self.untold.remove(untold)
            elif untold.tries == len(LADDER):
                self.untold.clear()
                self.enabled = False
                return
            else:
                untold.due = self.clock() + dt.timedelta(seconds=LADDER[untold.tries])
                untold.tries += 1
