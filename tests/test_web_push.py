"""Reminders on the web: a browser that allowed it is told, by a signed push without content; no other address is."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

pytest.importorskip("cryptography")

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from bot.app import ways_of
from bot.channels.allowing import allowed
from bot.channels.base import SendFailed
from bot.channels.web_push import WebPushPlatform, new_key, public_key
from bot.reminding import Reminding
from bot.sender import Sender
from bot.settings import PUSH_SERVICES
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Reply
from handlers.speech import known_words
from storage import pushes
from storage.database import Database
from storage.deliveries import UNSETTLED
from tests.dialogue import Resident, stored
from tests.examined import found
from tests.fakes.mishaps import serving
from tests.test_reminders import THREE, campaign, outcomes
from tests.visits import settings_of, visiting

KEY = new_key()
HI = Reply("Bài đang chờ", about="Bước đầu")


@dataclass
class Pushes:
    """A push service, and what it was told."""

    told: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 201
    url: str = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/push/{browser}", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.told.append(request)
        self.bodies.append(await request.body())
        return Response(status_code=self.status, headers={"location": f"{self.url}/message/{len(self.told)}"})


@asynccontextmanager
async def pushing(database: Database) -> AsyncIterator[tuple[Pushes, WebPushPlatform, Any]]:
    """Give a push service, our way to it, and our settings."""
    service = Pushes()
    async with serving(service.app()) as url:
        service.url = url
        settings = settings_of(vapid_private_key=KEY, push_services=url, public_url="https://hocvuso.example.vn")
        platform = WebPushPlatform(settings, database, lambda: THREE)
        try:
            yield service, platform, settings
        finally:
            await platform.close()


async def allow(database: Database, core: Core, url: str, address: str = "an") -> None:
    """Let a visitor's browser be told."""
    await Resident(core, address, "web").say("/menu")
    assert await database.write(pushes.allow, "web", "phuong-thu", address, f"{url}/push/{address}", THREE)


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_a_push_carries_no_content_and_is_signed_for_its_service(core: Core, database: Database) -> None:
    async with pushing(database) as (service, platform, _):
        await allow(database, core, service.url)
        assert (await platform.outbound.send("an", HI))[-1].endswith("/message/1")
        [told], [body] = service.told, service.bodies
    assert (body, told.headers["ttl"], "content-encoding" in told.headers) == (b"", "43200", False)
    kind, _, said = told.headers["authorization"].partition(" ")
    token, key = (part.split("=", 1)[1] for part in said.split(", "))
    head, claims, signature = token.split(".")
    assert (kind, json.loads(decoded(head))) == ("vapid", {"typ": "JWT", "alg": "ES256"})
    at = int(THREE.timestamp())
    assert json.loads(decoded(claims)) == {
        "aud": service.url,
        "exp": at + 12 * 3600,
        "sub": "https://hocvuso.example.vn",
    }
    assert key == public_key(KEY)
    signed = decoded(signature)
    both = encode_dss_signature(int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    public.verify(both, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("status", "failure", "kept"),
    [(404, "final", 0), (410, "final", 0), (400, "final", 1), (429, "passing", 1), (503, "passing", 1)],
)
async def test_an_address_that_is_no_more_is_forgotten(
    core: Core, database: Database, status: int, failure: str, kept: int
) -> None:
    async with pushing(database) as (service, platform, _):
        await allow(database, core, service.url)
        service.status = status
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("an", HI)
        assert failed.value.failure == failure
        assert len((await stored(database))["pushes"]) == kept
        with pytest.raises(SendFailed, match="window"):
            await platform.outbound.send("nobody", HI)


async def test_a_service_out_of_reach_is_tried_again(core: Core, database: Database) -> None:
    async with pushing(database) as (_, platform, _):
        await allow(database, core, "http://127.0.0.1:9")
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("an", HI)
        assert failed.value.failure == "passing"


async def test_a_visitor_who_allowed_it_is_reminded_through_the_outbox_and_sees_it_on_the_page(
    core: Core, database: Database
) -> None:
    async with pushing(database) as (service, platform, settings):
        core = Core(replace(core.house, ways=ways_of(settings)), COMMANDS, known_words())
        async with visiting(core, vapid_private_key=KEY, push_services=service.url) as visit:
            assert "Cho phép nhắc trên máy này" not in (await visit.open()).text
            for command in ("/consent kp5", "/count senior kp5", "/place kp5 join", "/remind yes"):
                await visit.tap(command)
            assert "Cho phép nhắc trên máy này" in (await visit.open("/")).text
            answer = await visit.client.post("/nhac", json={"endpoint": f"{service.url}/push/an"})
            assert answer.status_code == 204
            later = THREE.replace(year=2040)
            await campaign(core, later)
            reminding = Reminding(core.house, lambda: later)
            await reminding.step()
            sender = Sender(database, platform.outbound, lambda: later)
            running = asyncio.create_task(sender.run())
            async with asyncio.timeout(10):
                while any(row["status"] in UNSETTLED for row in (await stored(database))["deliveries"]):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            sender.stop()
            await running
            await reminding.step()
            assert (len(service.told), await outcomes(database)) == (1, {"sent": 1})
            page = (await visit.open("/")).text
            assert "Đây là tin máy nhắc" in page
            assert "/lesson first_steps" in visit.commands
            assert "đã cho phép nhắc trên máy" in (await visit.tap("/mydata")).text


async def test_without_a_key_nothing_of_it_is_there(core: Core) -> None:
    async with visiting(core) as visit:
        assert "push" not in (await visit.open()).text
        assert (await visit.client.post("/nhac", json={"endpoint": "https://fcm.googleapis.com/x"})).status_code == 404


async def test_the_worker_says_it_in_vietnamese_and_lies_at_the_root(core: Core) -> None:
    async with visiting(core, vapid_private_key=KEY) as visit:
        script = await visit.client.get("/nhac.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "Tổ số – Phường Thử" in script.text


BAD = [b"", b"{", b"[]", b'{"endpoint": 5}', b'{"endpoint": "http://169.254.169.254/"}', b'{"endpoint": "https://[x"}']


@pytest.mark.parametrize("body", BAD)
async def test_what_is_no_browsers_address_is_refused(core: Core, database: Database, body: bytes) -> None:
    async with visiting(core, vapid_private_key=KEY) as visit:
        assert (await visit.client.post("/nhac", content=body)).status_code == 403  # no cookie yet
        await visit.open()
        assert (await visit.client.post("/nhac", content=body)).status_code == 422
        foreign = {"sec-fetch-site": "cross-site"}
        good = json.dumps({"endpoint": "https://fcm.googleapis.com/fcm/send/x"}).encode()
        assert (await visit.client.post("/nhac", content=good, headers=foreign)).status_code == 403
        assert (await visit.client.post("/nhac", content=good)).status_code == 404  # nothing was said yet
        assert (await visit.client.post("/nhac", content=b"x" * 9000)).status_code == 413
    assert (await stored(database))["pushes"] == []


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://evil.example/?fcm.googleapis.com", False),
        ("https://xfcm.googleapis.com/", False),
        ("https://.push.apple.com.evil.example/", False),
    ],
)
def test_only_the_browsers_services_are_called(endpoint: str, expected: bool) -> None:
    assert allowed(endpoint, PUSH_SERVICES) is expected


async def test_the_doctor_says_that_browsers_need_https() -> None:
    findings, code = await found(settings_of(vapid_private_key=KEY, public_url="http://ward.test"), "settings")
    assert ("settings.push_without_https" in findings, code) == (True, 1)
