"""What Zalo tells of an OA: whether it is really Zalo that tells it, and what it means."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hmac import compare_digest

from bot.channels.zalo_token import CHANNEL
from bot.settings import Settings
from faq.text import fold
from handlers.messages import Inbound

KINDS = {
    "user_send_text": "text",  # a tap as well: the text is the button's payload
    "user_send_link": "text",
    "user_send_image": "picture",
    "user_send_gif": "picture",
    "user_send_sticker": "sticker",
    "user_send_audio": "voice",
    "user_send_video": "other",
    "user_send_file": "other",
    "user_send_location": "other",
    "user_send_business_card": "other",
}
RECEIPTS = {"user_received_message": False, "user_seen_message": True}
UNUSED = ("user_submit_info",)
"""What a form tells is not asked for: no name is kept."""
DONE = "tiep tuc voi to so"
"""What staff write, folded, when the bot is to go on: "Mời bà con tiếp tục với tổ số"."""
SIGNATURE = "x-zevent-signature"
TIMESTAMPS = ("x-zevent-timestamp", "timestamp")
_SIGNATURE = re.compile(r"(?:(?:mac|sha256)\s*=\s*)?([0-9a-f]{64})", re.IGNORECASE)
_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
MOST_RECEIPTS = 100


@dataclass(frozen=True, slots=True)
class Receipt:
    """Messages of ours reached a resident, or were read."""

    address: str
    messages: tuple[str, ...]
    read: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A resident follows the OA no more."""

    address: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A resident tapped "Nhắn tin", which Zalo counts like a word of theirs."""

    address: str


@dataclass(frozen=True, slots=True)
class StaffSpoke:
    """A person answered a resident in the OA's own console."""

    address: str
    done: bool = False  # whether they hand back to the bot


Told = Inbound | Receipt | Left | Opened | StaffSpoke


def parsed(body: bytes) -> object:
    """Return the JSON in a body, None when there is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def signed_by(headers: Mapping[str, str], body: bytes, payload: object, settings: Settings) -> str:
    """Return in which of the ways Zalo's documents tell a body is signed, "" when it is not.

    The signature is the SHA-256 of an id, the body, a timestamp and a secret, one after the other. The documents and
    what is seen in use differ in which id, where the timestamp stands, and whether the secret is the app's. Where the
    settings name one way, no other is taken.
    """
    given = _SIGNATURE.fullmatch(headers.get(SIGNATURE, "").strip())
    if given is None:
        return ""
    wanted = given[1].lower()
    for first, identity in (("app_id", settings.zalo_oa_app_id), ("oa_id", settings.zalo_oa_id)):
        begun = hashlib.sha256(identity.encode() + body)
        for place, timestamp in _timestamps(headers, payload):
            for name, secret in _secrets(settings):
                digest = begun.copy()
                digest.update((timestamp + secret).encode("utf-8", "replace"))
                way = f"{first}-{place}-{name}"
                if compare_digest(digest.hexdigest(), wanted) and settings.zalo_oa_signature in ("auto", way):
                    return way
    return ""


def _timestamps(headers: Mapping[str, str], payload: object) -> Iterator[tuple[str, str]]:
    found = [("header", headers[name]) for name in TIMESTAMPS if name in headers]
    if told := _word(payload, "timestamp"):
        found.append(("body", told))
    yield from found or [("none", "")]


def _secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the secrets that are set: without any, everything could be forged and nothing is taken."""
    for name, secret in (("oa_secret", settings.zalo_oa_secret_key), ("app_secret", settings.zalo_oa_app_secret)):
        if value := secret.get_secret_value():
            yield name, value


def event_of(payload: object) -> str:
    """Return the name of the event, "" when it has none fit to be logged."""
    name = _word(payload, "event_name")
    return name if re.fullmatch(r"\w{1,60}", name, re.ASCII) else ""


def read(payload: object, account: str, at: dt.datetime) -> Told | None:
    """Return what an event tells about this OA, None when it is of no use to us."""
    event = event_of(payload)
    told: Told | None = None
    if event in KINDS and _id(payload, "recipient", "id") == account:
        told = _message(payload, event, account, at)
    elif event == "follow" and _id(payload, "oa_id") == account:
        told = _inbound(payload, event, account, at, _id(payload, "follower", "id"), "/start")
    elif event == "unfollow" and _id(payload, "oa_id") == account:
        told = Left(_id(payload, "follower", "id"))
    elif event == "user_click_chatnow" and _id(payload, "oa_id") == account:
        told = Opened(_id(payload, "user_id"))
    elif event in RECEIPTS and _id(payload, "sender", "id") == account and (messages := _messages(payload)):
        told = Receipt(_id(payload, "recipient", "id"), messages, RECEIPTS[event])
    elif event.startswith("oa_send_") and _id(payload, "sender", "admin_id"):
        done = DONE in fold(_word(payload, "message", "text"))
        told = StaffSpoke(_id(payload, "recipient", "id"), done)
    return told if told and told.address else None


def _message(payload: object, event: str, account: str, at: dt.datetime) -> Inbound:
    text = _word(payload, "message", "text")
    kind = KINDS[event]
    if kind == "text" and not text.strip():
        kind = "other"
    return _inbound(payload, event, account, at, _id(payload, "sender", "id"), text if kind == "text" else "", kind)


def _inbound(
    payload: object, event: str, account: str, at: dt.datetime, address: str, text: str, kind: str = "text"
) -> Inbound:
    number = _id(payload, "message", "msg_id") or f"{event} {_id(payload, 'timestamp')} {address}"
    return Inbound(CHANNEL, account, address, number, text, at, kind=kind, immediate=False)


def _messages(payload: object) -> tuple[str, ...]:
    """Return the ids a receipt is about: one, or a list."""
    several = _at(payload, "message", "msg_ids")
    found = several[:MOST_RECEIPTS] if isinstance(several, list) else [_at(payload, "message", "msg_id")]
    return tuple(number for number in map(_identifier, found) if number)


def _at(payload: object, *path: str) -> object:
    """Return what stands there, None when nothing does."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload


def _word(payload: object, *path: str) -> str:
    """Return the text or number that stands there as a text, "" when there is none."""
    found = _at(payload, *path)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _id(payload: object, *path: str) -> str:
    return _identifier(_at(payload, *path))


def _identifier(found: object) -> str:
    """Return an id as a text, "" when it could be none."""
    word = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return word if _ID.fullmatch(word) else ""
