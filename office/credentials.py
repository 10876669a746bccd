"""Credentials: passwords, the codes of an authenticator, recovery codes and tokens, as they are made and checked."""

import datetime as dt
import hashlib
import secrets
import threading
import unicodedata
from functools import cache

import pyotp
from itsdangerous import Signer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LONGEST_NAME = 60
RECOVERY_CODES = 10
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for each other on paper."""
CODE_LENGTH = 12
STEP_SECONDS = 30

MEMORY_KIB, ROUNDS, LANES = 19 * 1024, 2, 1
"""Of argon2id, as OWASP recommends them at least: a small machine serves the chat beside it."""

_one_at_a_time = threading.Lock()


def new_token() -> str:
    """Return a secret for a cookie or a link, which nobody guesses."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """Return what is kept of a token or a recovery code: from it nobody can make it again."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_seal(secret: str) -> str:
    """Return what a form must carry to come from a page shown to the holder of this cookie."""
    return Signer(secret, salt="van-phong").get_signature(b"form").decode()


def hashed_password(password: str) -> str:
    """Return what is kept of a password. It takes a moment and much memory, as it must: call it on a thread."""
    with _one_at_a_time:
        return _hasher().hash(_composed(password))


def is_password(password: str, kept: str | None) -> bool:
    """Return whether it is the password; where none is kept, take as long to say no. Call it on a thread."""
    with _one_at_a_time:
        right = _hasher().verify(_composed(password)[:LONGEST_PASSWORD], kept or _nobodys())
    return right and kept is not None


def new_secret() -> str:
    """Return a secret for an authenticator."""
    return pyotp.random_base32()


def authenticator_link(secret: str, name: str, ward: str) -> str:
    """Return the link an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"Học vụ số {ward}")


def step_of(secret: str, typed: str, now: dt.datetime) -> int | None:
    """Return which step a code belongs to, this one or one beside it, for clocks differ; None: it is no code of now."""
    code = "".join(typed.split())
    steps = (int(now.timestamp()) // STEP_SECONDS + beside for beside in (0, -1, 1))
    shown = pyotp.TOTP(secret)
    return next((step for step in steps if pyotp.utils.strings_equal(shown.at(step * STEP_SECONDS), code)), None)


def new_recovery_codes() -> list[str]:
    """Return codes to be written down, each good for one log-in without the authenticator."""
    drawn = ["".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    return ["-".join((code[:4], code[4:8], code[8:])) for code in drawn]


def recovery_code(typed: str) -> str:
    """Return a recovery code as it is hashed, however it was typed."""
    return "".join(sign for sign in typed.lower() if sign.isalnum())


def name_of(typed: str) -> str:
    """Return a log-in name as it is kept; nothing where it cannot be one."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    return name if len(name) <= LONGEST_NAME and name.isprintable() else ""


def _composed(password: str) -> str:
    """Return the password with its diacritics as one keyboard writes them, whichever was used."""
    return unicodedata.normalize("NFC", password)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(memory_cost=MEMORY_KIB, time_cost=ROUNDS, parallelism=LANES),))


@cache
def _nobodys() -> str:
    return _hasher().hash(new_token())
