"""Checks of what stands on this machine: settings, folders, disk, content, database and outbox."""

import datetime as dt
import os
import re
import shutil
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from bot.content import library_of
from bot.examination import Examination, aside
from bot.findings import Finding, broken, good, look
from bot.served import NAMES, served
from bot.settings import Settings
from content.reading import ContentError
from handlers.speech import VIET_NAM
from lessons.library import Library
from storage import seals
from storage.coverage import places_of
from storage.health import pulse, troubles, ward_codes

MEGABYTE = 2**20
FULL_BYTES, TIGHT_BYTES = 200 * MEGABYTE, 1024 * MEGABYTE
SLOW, STUCK = dt.timedelta(minutes=1), dt.timedelta(minutes=15)
"""How long an answer may wait to be sent before somebody should look, and before it is certain that none leaves."""
RECENTLY = dt.timedelta(days=7)
NAMED = 5
"""How many of a list are named."""
HERE = ("localhost", "127.0.0.1", "::1")


async def settings(examination: Examination) -> list[Finding]:
    """Check the settings against each other; each alone was checked when they were read."""
    own = examination.settings
    checks = (_ward, _public, _frames, _push, _webhooks, _addresses, _official_account)
    found = [finding for check in checks for finding in check(own)]
    return found or [good("settings.good")]


def _ward(own: Settings) -> list[Finding]:
    fields = Settings.model_fields
    same = [name.upper() for name in ("ward_code", "ward_name") if getattr(own, name) == fields[name].default]
    return [look("settings.ward", settings=", ".join(same))] if same and not own.sample else []


def _public(own: Settings) -> list[Finding]:
    if own.public_url.startswith("https:"):
        return []
    return [look("settings.public_url_plain" if own.public_url else "settings.public_url_none")]


def _frames(own: Settings) -> list[Finding]:
    ancestors = own.web_frame_ancestors.split()
    wide = [one for one in ancestors if not re.fullmatch(r"https://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?", one)]
    findings = [look("settings.frames", which=", ".join(wide[:NAMED]))] if wide else []
    if ancestors and not own.public_url.startswith("https:"):
        findings.append(look("settings.frames_without_https"))
    return findings


def _push(own: Settings) -> list[Finding]:
    """Check that browsers can be told: they take the key only from a page that nobody could have changed."""
    if own.vapid_private_key.get_secret_value() and not own.public_url.startswith("https:"):
        return [look("settings.push_without_https")]
    return []


def _webhooks(own: Settings) -> list[Finding]:
    """Check the webhooks' secrets: what they may be made of, and that there is an address to bring messages to."""
    forms = {"telegram_webhook_secret": r"[A-Za-z0-9_-]{1,256}", "zalo_bot_secret": r"[\x21-\x7e]{8,256}"}
    findings = []
    for name, form in forms.items():
        secret = getattr(own, name).get_secret_value()
        if secret and not re.fullmatch(form, secret):
            findings.append(broken(f"settings.{name}"))
        elif secret and not own.public_url.startswith("https:"):
            findings.append(look("settings.webhook_needs_https", setting=name.upper()))
    return findings


def _addresses(own: Settings) -> list[Finding]:
    """Check that tokens do not travel in the clear."""
    bases = ("telegram_api_base", "zalo_oa_api_base", "zalo_oa_oauth_base", "zalo_bot_api_base")
    plain = [name for name in bases if getattr(own, name).startswith("http:")]
    return [
        look("settings.plain_address", setting=name.upper())
        for name in plain
        if urlsplit(getattr(own, name)).hostname not in HERE
    ]


def _official_account(own: Settings) -> list[Finding]:
    needed = {
        "ZALO_OA_ID": own.zalo_oa_id,
        "ZALO_OA_APP_ID": own.zalo_oa_app_id,
        "ZALO_OA_APP_SECRET": own.zalo_oa_app_secret.get_secret_value(),
        "ZALO_OA_SECRET_KEY": own.zalo_oa_secret_key.get_secret_value(),
    }
    absent = [name for name, value in needed.items() if not value]
    return [broken("settings.zalo_oa", settings=", ".join(absent))] if 0 < len(absent) < len(needed) else []


async def folder(examination: Examination) -> list[Finding]:
    """Check that the database's file may be written."""
    if examination.database_kind != "sqlite":
        return []
    return [await aside(_writable, examination.settings.database_url)]


def _writable(url: str) -> Finding:
    file = Path(make_url(url).database or "").absolute()
    place = _nearest(file.parent)
    if not os.access(place, os.W_OK | os.X_OK):
        return broken("folder.not_writable", place=place)
    for part in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        if part.exists() and not os.access(part, os.R_OK | os.W_OK):
            return broken("folder.file_not_writable", file=part)
    return good("folder.good", place=file.parent)


async def disk(examination: Examination) -> list[Finding]:
    """Check that there is room for the data to grow."""
    file = make_url(examination.settings.database_url).database if examination.database_kind == "sqlite" else ""
    return [await aside(_room, file or "here")]


def _room(file: str) -> Finding:
    place = _nearest(Path(file).absolute().parent)
    return room(place, shutil.disk_usage(place).free)


def room(place: Path, free: int) -> Finding:
    """Return what so many free bytes mean."""
    values = {"place": place, "free": free // MEGABYTE}
    if free < FULL_BYTES:
        return broken("disk.full", **values)
    return look("disk.tight", **values) if free < TIGHT_BYTES else good("disk.good", **values)


async def content(examination: Examination) -> list[Finding]:
    """Check that the lessons can be read and are not past their date."""
    try:
        library: Library = await aside(library_of, examination.settings)
    except ContentError as error:
        return [broken("content.unreadable", why=error)]
    past = library.past_review(examination.clock().astimezone(VIET_NAM).date())
    if past:
        return [look("content.past", count=len(past), topics=_some([lesson.topic for lesson in past]))]
    return [good("content.good", count=len(library))]


async def database(examination: Examination) -> list[Finding]:
    """Check that the database can be reached and has this version's tables."""
    standing = await examination.standing()
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[examination.database_kind]
    if standing == "current":
        return [good("database.good", kind=kind)]
    if standing in ("unreachable", "newer"):
        return [broken(f"database.{standing}", kind=kind)]
    return [look(f"database.{standing}", kind=kind)]


async def neighbourhoods(examination: Examination) -> list[Finding]:
    """Check that the ward's neighbourhoods are there, with their adults."""
    if await examination.standing() != "current":
        return []
    code, unit = examination.settings.ward_code, examination.settings.neighbourhood_word
    wards = await examination.read(ward_codes)
    if wards and code not in wards:
        return [look("neighbourhoods.other_ward", code=code, others=_some(sorted(wards)))]
    places = list((await examination.read(places_of, wards[code])).values()) if wards else []
    if not places:
        return [look("neighbourhoods.none", unit=unit)]
    unknown = [place.name for place in places if place.adults is None]
    if unknown:
        return [look("neighbourhoods.unknown", unit=unit, count=len(unknown), of=len(places), which=_some(unknown))]
    return [
        good("neighbourhoods.good", unit=unit, count=len(places), adults=sum(place.adults or 0 for place in places))
    ]


async def sealed(examination: Examination) -> list[Finding]:
    """Check that the figures of sealed months are as they were."""
    if await examination.standing() != "current":
        return []
    ward = (await examination.read(ward_codes)).get(examination.settings.ward_code)
    made = await examination.read(seals.all_seals, ward) if ward else []
    if not ward or not made:
        return []
    if changed := await examination.read(seals.broken, ward):
        return [broken("seals.broken", period=changed.period, at=changed.at)]
    return [good("seals.good", count=len(made), last=made[-1].period)]


async def outbox(examination: Examination) -> list[Finding]:
    """Check that answers leave, and tell of those that did not arrive."""
    if await examination.standing() != "current":
        return []
    channels, now = served(examination.settings), examination.clock()
    since = (await examination.read(pulse, channels, "")).waiting_since
    findings = []
    if since and now - since >= SLOW:
        stuck = now - since >= STUCK
        findings.append((broken if stuck else look)("outbox.waits", span=now - since))
    elif channels:
        findings.append(good("outbox.good"))
    return findings + await _failures(examination, now - RECENTLY)


async def _failures(examination: Examination, since: dt.datetime) -> list[Finding]:
    """Return how many deliveries of each channel failed, or may have arrived or not, with the usual reasons."""
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    reasons: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for trouble in await examination.read(troubles, since):
        key = (trouble.status, trouble.channel)
        counts[key] += trouble.count
        reasons[key].append(trouble.reason or "?")
    return [
        look(
            f"outbox.{status}",
            count=count,
            name=NAMES.get(channel, channel),
            reasons=_some(reasons[status, channel]),
            days=RECENTLY.days,
        )
        for (status, channel), count in counts.items()
    ]


def _nearest(place: Path) -> Path:
    """Return the nearest folder above, or the place itself, that is there."""
    return next(one for one in (place, *place.parents) if one.is_dir())


def _some(names: list[str]) -> str:
    """Return the first few of a list as text."""
    return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
