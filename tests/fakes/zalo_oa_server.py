"""The fake Zalo's OAuth and OpenAPI for one OA: tokens, windows, quotas, limits, and ways of failing.

What it does is what the documents say and what others have met; where nobody knows, a switch chooses.
"""

import asyncio
import datetime as dt
import hashlib
import hmac
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.mishaps import Mishap
from tests.fakes.zalo_oa_errors import refused
from tests.fakes.zalo_oa_people import Person, buttons_of
from tests.fakes.zalo_oa_webhooks import APP_ID, OA_ID, Webhooks

APP_SECRET = "app-secret-of-nobody"  # noqa: S105
FIRST_REFRESH = "refresh-0"
ACCESS_LIFE = dt.timedelta(hours=25)
UPLOAD_LIFE = dt.timedelta(days=7)
UPLOAD_BYTES = 1_000_000
LONGEST_PARAMETER = 100
"""Characters; how many Zalo takes depends on the template."""
BUTTON_TYPES = ("oa.query.hide", "oa.query.show", "oa.open.url", "oa.open.phone", "oa.open.sms")


@dataclass
class ZaloOaServer:
    """Zalo's servers, for one OA."""

    clock: Callable[[], dt.datetime]
    oa_type: int = 2  # 4: a state agency's
    cap: int | None = 8  # free messages after each interaction
    package: int = 500  # messages of the package this month
    must_follow: bool = False
    takes_buttons: bool = True
    per_minute: int | None = None
    templates: dict[str, str] = field(default_factory=dict)  # approved ones, with the name of their parameter
    wallet: int = 100  # templates that can be paid
    forgives: bool = False  # a refresh token that was used before
    receipts: bool = False  # whether they are told at once
    echoes: bool = False  # whether the OA's own messages are told back
    access: str = ""
    access_until: dt.datetime | None = None
    refresh: str = FIRST_REFRESH
    spent: set[str] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    uploads: dict[str, dt.datetime] = field(default_factory=dict)
    mishaps: "deque[Mishap]" = field(default_factory=deque)  # of the next messages
    token_mishaps: "deque[Mishap]" = field(default_factory=deque)  # of the next renewals
    calls: list[str] = field(default_factory=list)
    renewals: int = 0
    minute: tuple[int, int] = (0, 0)
    telling: set["asyncio.Task[int]"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self.clock)

    def app(self) -> Starlette:
        """Return the server."""
        return Starlette(
            routes=[
                Route("/v4/oa/access_token", self.token, methods=["POST"]),
                Route("/v3.0/oa/message/cs", self.called(self.message, "v3"), methods=["POST"]),
                Route("/v2.0/oa/message", self.called(self.message, "v2"), methods=["POST"]),
                Route("/v3.0/oa/message/template", self.called(self.template), methods=["POST"]),
                Route("/v2.0/oa/upload/image", self.called(self.upload), methods=["POST"]),
                Route("/v3.0/oa/quota/message", self.called(self.quota), methods=["POST"]),
                Route("/v2.0/oa/getoa", self.called(self.about)),
            ]
        )

    async def token(self, request: Request) -> Response:
        """Give a new pair for a refresh token that was not used before; the old access token is dead at once."""
        self.calls.append(request.url.path)
        form = dict(parse_qsl((await request.body()).decode()))
        kind = request.headers.get("content-type", "")
        if request.headers.get("secret_key") != APP_SECRET or not kind.startswith("application/x-www-form-urlencoded"):
            return JSONResponse({"error": -14004, "error_name": "Invalid secret key"})
        if form.get("app_id") != APP_ID or form.get("grant_type") != "refresh_token":
            return JSONResponse({"error": -14002, "error_name": "Invalid app id"})
        refresh = form.get("refresh_token", "")

        async def carry_out() -> Response:
            if refresh != self.refresh and not (self.forgives and refresh in self.spent):
                return JSONResponse({"error": -14014, "error_name": "Invalid refresh token"})
            self.renew()
            life = str(int(ACCESS_LIFE.total_seconds()))
            return JSONResponse({"access_token": self.access, "refresh_token": self.refresh, "expires_in": life})

        return await self.befall(self.token_mishaps, request, carry_out)

    def renew(self) -> None:
        """Make a new pair, as an admin's consent does too."""
        self.renewals += 1
        self.spent.add(self.refresh)
        self.refresh, self.access = f"refresh-{self.renewals}", f"access-{self.renewals}"
        self.access_until = self.clock() + ACCESS_LIFE

    def called(self, answer: Callable[..., Any], *arguments: str) -> Callable[[Request], Any]:
        """Return an endpoint that answers whoever has an access token, and not too often."""

        async def endpoint(request: Request) -> Response:
            self.calls.append(request.url.path)
            if code := self.refusal(request):
                return refused(code)
            response: Response = await answer(request, *arguments)
            if self.per_minute is not None:
                response.headers["X-RateLimit-Limit"] = str(self.per_minute)
                response.headers["X-RateLimit-Remain"] = str(self.per_minute - self.minute[1])
            return response

        return endpoint

    def refusal(self, request: Request) -> int:
        """Return the code by which a call is refused before it is looked at, 0 when it is not."""
        given = request.headers.get("access_token", "")
        if not given or given != self.access or "authorization" in request.headers:
            return -216
        if self.access_until is None or self.clock() >= self.access_until:
            return -220
        proof = hmac.new(APP_SECRET.encode(), given.encode(), hashlib.sha256).hexdigest()
        if request.headers.get("appsecret_proof", proof) != proof:
            return -242
        now = int(self.clock().timestamp()) // 60
        self.minute = (now, self.minute[1] + 1 if self.minute[0] == now else 1)
        return -32 if self.per_minute is not None and self.minute[1] > self.per_minute else 0

    async def message(self, request: Request, version: str) -> Response:
        """Take a message to a person."""
        if version == "v3" and self.oa_type == 4:
            return refused(-235)
        if version == "v2" and self.oa_type != 4:
            return refused(-240)
        content = await request.json()
        person = self.people.get(content["recipient"]["user_id"])

        async def carry_out() -> Response:
            if person is None:
                return refused(-201)
            if code := person.refusal or self.closed(person) or self.fault(content["message"]) or self.unpaid(person):
                return refused(code)
            answer = self.accept(person, content["message"])
            await asyncio.sleep(0.02 if self.receipts else 0)  # a receipt may be quicker than the answer
            return JSONResponse(answer)

        return await self.befall(self.mishaps, request, carry_out)

    async def template(self, request: Request) -> Response:
        """Take a template to a person, whenever they wrote last."""
        content = await request.json()
        person = self.people.get(content["user_id"])
        wanted = self.templates.get(content["template_id"])
        if person is None or wanted is None:
            return refused(-118 if person is None else -112)
        if person.refusal:
            return refused(person.refusal)
        if list(content["template_data"]) != [wanted]:
            return refused(-1122)
        if len(content["template_data"][wanted]) > LONGEST_PARAMETER:
            return refused(-1121)
        if not self.wallet:
            return refused(-321)
        self.wallet -= 1
        person.messages.append({"template": content["template_id"], **content["template_data"]})
        return JSONResponse({"error": 0, "message": "Success", "data": {"msg_id": f"t-{person.id}-{self.wallet}"}})

    async def befall(
        self, mishaps: "deque[Mishap]", request: Request, carry_out: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Carry a call out, unless something is to happen to it."""
        return await (mishaps.popleft().befall(request, carry_out) if mishaps else carry_out())

    def closed(self, person: Person) -> int:
        """Return why nothing may be sent to a person now, 0 when it may."""
        if self.must_follow and not person.follows:
            return -213
        if person.heard_at is None:
            return -232
        return -230 if self.clock() - person.heard_at > dt.timedelta(days=7) else 0

    def free(self, person: Person) -> bool:
        """Return whether a message to a person costs nothing."""
        near = person.heard_at is not None and self.clock() - person.heard_at <= dt.timedelta(hours=48)
        return near and (self.cap is None or person.free > 0)

    def unpaid(self, person: Person) -> int:
        """Return the code for a message that nothing pays for, 0 when something does."""
        return 0 if self.free(person) or self.package > 0 else -211

    def fault(self, message: dict[str, Any]) -> int:
        """Return what is wrong with a message, 0 when nothing is."""
        if len(message.get("text", "").encode("utf-16-le")) > 4000:
            return -210
        payload = message.get("attachment", {}).get("payload", {})
        if not message.get("text") and not payload:
            return -201
        for element in payload.get("elements", ()):
            uploaded = self.uploads.get(element["attachment_id"])
            if uploaded is None or self.clock() - uploaded > UPLOAD_LIFE:
                return -100
        buttons = buttons_of(message)
        if buttons and not self.takes_buttons:
            return -233
        fine = all(
            button["type"] in BUTTON_TYPES and 0 < len(button["title"]) <= 100 and len(button["payload"]) <= 1000
            for button in buttons
        )
        return 0 if fine and len(buttons) <= 5 else -201

    def accept(self, person: Person, message: dict[str, Any]) -> dict[str, Any]:
        """Show a message to a person; return the answer, whose numbers are texts."""
        person.messages.append(message)
        if self.free(person):
            person.free -= 1
            quota = {"quota_type": "reply", "remain": str(max(person.free, 0)), "total": str(self.cap or 0)}
        else:
            self.package -= 1
            quota = {"quota_type": "sub_quota", "remain": str(self.package), "total": "500"}
        number = f"m-{person.id}-{len(person.messages)}"
        between = {"sender": {"id": OA_ID}, "recipient": {"id": person.id}, "message": {"msg_id": number}}
        if self.receipts:
            self.tell("user_received_message", between)
        if self.echoes:
            self.tell("oa_send_text", between)
        data = {"message_id": number, "user_id": person.id, "sent_time": "1795226401000", "quota": quota}
        return {"error": 0, "message": "Success", "data": data}

    def tell(self, name: str, fields: dict[str, Any]) -> None:
        """Tell of an event beside the answer."""
        task = asyncio.create_task(self.webhooks.tell(self.webhooks.event(name, **fields)))
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def upload(self, request: Request) -> Response:
        """Take a picture."""
        header = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(header + await request.body()).walk()
        image = next(part for part in parts if part.get_param("name", header="content-disposition") == "file")
        content = bytes(image.get_payload(decode=True))
        if len(content) > UPLOAD_BYTES:
            return refused(-210)
        number = f"att-{len(self.uploads)}"
        self.uploads[number] = self.clock()
        return JSONResponse({"error": 0, "message": "Success", "data": {"attachment_id": number}})

    async def quota(self, request: Request) -> Response:
        """Say what may be sent to a person."""
        person = self.people[(await request.json())["user_id"]]
        heard = str(int(person.heard_at.timestamp() * 1000)) if person.heard_at else ""
        reply = {"remain": max(person.free, 0), "total": self.cap or 0}
        return JSONResponse({"error": 0, "message": "Success", "data": {"last_interaction": heard, "cs_reply": reply}})

    async def about(self, request: Request) -> Response:
        """Say what the OA is."""
        data = {"oa_id": OA_ID, "name": "Phường Mẫu", "oa_type": self.oa_type, "package_name": "Tăng trưởng"}
        return JSONResponse({"error": 0, "message": "Success", "data": data})
