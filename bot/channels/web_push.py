"""Reminders for visitors of the web chat: their browser is told that there is one, and nothing more (Web Push, VAPID).

A push without content needs no encryption, and the service that carries it learns nothing; the reminder itself is on
the page that the notification opens.
"""

import asyncio
import base64
import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import cache
from urllib.parse import urlsplit

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.routing import BaseRoute

from bot.app import now
from bot.channels.base import PLENTY, Limits, Receive, SendFailed
from bot.channels.unsent import NOT_SENT
from bot.settings import Settings
from handlers.messages import Reply
from storage import pushes
from storage.database import Database, Unreachable
from storage.deliveries import OUT_OF_REACH

CHANNEL = "web"
KEPT_SECONDS = 12 * 3600
"""How long the service keeps a push for a browser that is switched off."""
TOKEN_LIFE = dt.timedelta(hours=12)
GONE = (404, 410)


def new_key() -> str:
    """Return a new private key, as the settings hold it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _written(number.to_bytes(32, "big"))


@cache
def _key(private: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(base64.urlsafe_b64decode(private + "="), "big"), ec.SECP256R1())


def public_key(private: str) -> str:
    """Return the public key that browsers are given."""
    return _written(_key(private).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def authorization(private: str, endpoint: str, contact: str, at: dt.datetime) -> str:
    """Return the header that tells a push service who we are (RFC 8292)."""
    address = urlsplit(endpoint)
    claims = {
        "aud": f"{address.scheme}://{address.netloc}",
        "exp": int((at + TOKEN_LIFE).timestamp()),
        "sub": contact,
    }
    head = _written(json.dumps({"typ": "JWT", "alg": "ES256"}).encode())
    said = f"{head}.{_written(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(_key(private).sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signature = _written(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={said}.{signature}, k={public_key(private)}"


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class WebPushOutbound:
    """Tells browsers that there is a reminder."""

    def __init__(
        self, settings: Settings, database: Database, client: httpx2.AsyncClient, clock: Callable[[], dt.datetime]
    ) -> None:
        self.name = CHANNEL
        self.account = settings.ward_code
        self.limits = Limits(per_second=20)
        self._private = settings.vapid_private_key.get_secret_value()
        self._contact = settings.public_url
        self._database = database
        self._client = client
        self._clock = clock

    async def room(self, now: dt.datetime) -> int:
        """Return how many reminders may leave."""
        return PLENTY

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        """Tell one browser. What it said before it is shown by the page. Raise only SendFailed."""
        try:
            endpoint = await self._database.read(pushes.endpoint_of, CHANNEL, self.account, address)
            if endpoint is None:
                raise SendFailed("final", OUT_OF_REACH[0])
            return [await self._tell(endpoint)]
        except Unreachable:
            raise SendFailed("passing", "database") from None

    async def _tell(self, endpoint: str) -> str:
        said = authorization(self._private, endpoint, self._contact, self._clock())
        headers = {"authorization": said, "ttl": str(KEPT_SECONDS), "urgency": "normal"}
        try:
            answer = await self._client.post(endpoint, headers=headers)
        except NOT_SENT as error:
            raise SendFailed("passing", type(error).__name__) from None
        except httpx2.HTTPError as error:  # the request had left, or part of it
            raise SendFailed("unsure", type(error).__name__) from None
        status = answer.status_code
        if status in GONE:  # switched off there, or another browser by now; the chat itself is still visited
            await self._database.write(pushes.forget, endpoint)
            raise SendFailed("final", OUT_OF_REACH[0])
        if status == 429 or status >= 500:
            raise SendFailed("passing", f"HTTP {status}")
        if status >= 300:
            raise SendFailed("final", f"HTTP {status}")
        return answer.headers.get("location", "")[-200:]


class WebPushPlatform:
    """The web chat's visitors who allowed it; it only sends."""

    def __init__(self, settings: Settings, database: Database, clock: Callable[[], dt.datetime] = now) -> None:
        self._client = httpx2.AsyncClient(timeout=httpx2.Timeout(15, connect=5), follow_redirects=False)
        self.outbound = WebPushOutbound(settings, database, self._client, clock)

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """Return none: messages come by the chat itself."""
        return []

    async def listen(self, receive: Receive) -> None:
        """Wait for the end."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
