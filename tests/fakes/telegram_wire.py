"""How Telegram writes: forms and JSON in, refusals out, and what of HTML it understands."""

import email
import json
import re
from email.message import Message
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.mishaps import Mishap

TAGS = ("b", "strong", "i", "em", "u", "s", "code", "pre", "a")

Fields = dict[str, Any]


def refused(status: int, description: str, **parameters: int) -> Mishap:
    """Return a refusal as Telegram words it."""
    body: Fields = {"ok": False, "error_code": status, "description": description}
    return Mishap(status, body | ({"parameters": parameters} if parameters else {}))


def too_many(seconds: int) -> Mishap:
    """Return the refusal of whoever sends too fast."""
    return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def person(number: int) -> Fields:
    """Return a person as Telegram describes them."""
    return {"id": number, "is_bot": False, "first_name": "Tư"}


def where(chat: int) -> Fields:
    """Return a chat as Telegram describes it."""
    return {"id": chat, "type": "private" if chat > 0 else "supergroup"}


def seen(html: str) -> str:
    """Return the text people see. ValueError: Telegram would not understand the HTML."""
    text = ""
    opened: list[str] = []
    for piece in re.split(r"(<[^<>]*>)", html):
        if found := re.fullmatch(r"<(/?)([a-z]+)(?: [^<>]*)?>", piece):
            if found[2] not in TAGS or (found[1] and (not opened or opened.pop() != found[2])):
                raise ValueError("can't parse entities: unsupported or unexpected tag")
            opened += [] if found[1] else [found[2]]
        elif "<" in piece:
            raise ValueError("can't parse entities: unsupported start tag")
        else:
            text += unescape(piece)
    if opened:
        raise ValueError("can't parse entities: can't find end tag")
    return text.strip()


def check(text: str, longest: int, buttons: tuple[tuple[str, str], ...], empty: bool = False) -> None:
    """Raise ValueError where Telegram would refuse this."""
    if not text and not empty:
        raise ValueError("message text is empty")
    if len(text.encode("utf-16-le")) // 2 > longest:
        raise ValueError("message caption is too long" if longest == 1024 else "message is too long")
    if len(buttons) > 100 or not all(label and 1 <= len(data.encode()) <= 64 for label, data in buttons):
        raise ValueError("BUTTON_DATA_INVALID")


def fields_of(kind: str, body: bytes) -> Fields:
    """Return the fields of a form or of JSON; a file's is bytes."""
    if kind.startswith("application/json"):
        return dict(json.loads(body))
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    form: Message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    found: Fields = {}
    for part in form.walk():
        if name := part.get_param("name", header="content-disposition"):
            value = part.get_payload(decode=True)
            assert isinstance(value, bytes)
            found[str(name)] = value if part.get_filename() else value.decode()
    return found


async def left(request: Request) -> None:
    """Return once the caller has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def ok(result: Any) -> Response:
    """Return an answer as Telegram gives it."""
    return JSONResponse({"ok": True, "result": result})


def refuse(status: int, description: str) -> Response:
    """Return a refusal as the answer."""
    return JSONResponse(refused(status, description).body, status)
