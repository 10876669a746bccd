"""Checks of the platforms: whether they are reached, know us, bring messages to the right place, and may be used."""

import asyncio
import datetime as dt

from bot.examination import Examination
from bot.findings import Finding, broken, good, look
from bot.platform_calls import Answer, Unreachable, calling, official_account
from bot.served import NAMES, served, wanted
from bot.webhooks import refusal, registered, unreachable
from storage import tokens
from storage.health import heard
from storage.tokens import Package, Pair

STATE_AGENCY = 4
"""Type of an official account that a state agency has; a business's is 2."""
SEND_APIS = {2: "v3", STATE_AGENCY: "v2"}
PACKAGES = {"tăng trưởng": 100, "toàn diện": 2000}
"""The packages with the OpenAPI, and how many calls a minute each allows."""
REFRESH_LIFE = dt.timedelta(days=90)
"""After this a refresh token that was not used is dead."""
PACKAGE_SOON = dt.timedelta(days=14)
REFUSED_TOKEN = (-216, -220)


async def platforms(examination: Examination) -> list[Finding]:
    """Check that the way to the residents is known."""
    return [] if served(examination.settings) else [good("platforms.none")]


async def telegram(examination: Examination) -> list[Finding]:
    """Check Telegram's bot."""
    return await _bot(examination, "telegram")


async def zalo_bot(examination: Examination) -> list[Finding]:
    """Check Zalo's bot."""
    return await _bot(examination, "zalo_bot")


async def zalo_oa(examination: Examination) -> list[Finding]:
    """Check the official account."""
    if "zalo_oa" not in served(examination.settings):
        return []
    if await examination.standing() != "current":
        return [look("zalo_oa.no_database")]
    account = examination.settings.zalo_oa_id
    pair = await examination.read(tokens.load, "zalo_oa", account)
    last = (await examination.read(heard)).get("zalo_oa")
    _, left = await examination.read(tokens.learnt, "zalo_oa", account)
    about = await _account(examination, pair)
    return [*_token(examination, pair), *about, *_left(left), *_heard(examination, last)]


async def _bot(examination: Examination, channel: str) -> list[Finding]:
    settings = examination.settings
    if channel not in served(settings):
        return []
    try:
        async with calling(settings, channel) as bot:
            asked = (bot.call("getMe"), bot.call("getWebhookInfo"))
            me, webhook = await asyncio.gather(*asked)
    except Unreachable as failure:
        return [unreachable(channel, failure)]
    _compare_clocks(examination, channel, me)
    if me.code:
        return [refusal(channel, me)]
    called = str(me.result.get("username") or me.result.get("account_name") or "?")
    known = good("platform.known", name=NAMES[channel], called=called)
    return [known, *registered(settings, channel, webhook, examination.clock())]


def _token(examination: Examination, pair: Pair | None) -> list[Finding]:
    """Return what the age of the token pair shows."""
    if pair is None:
        at_hand = examination.settings.zalo_oa_refresh_token.get_secret_value()
        return [look("zalo_oa.no_token_yet") if at_hand else broken("zalo_oa.no_token")]
    examination.tokens += [pair.access, pair.refresh, pair.previous_refresh]
    now = examination.clock()
    age = now - pair.changed_at
    if pair.failed_at:
        return [broken("zalo_oa.not_renewed", since=pair.failed_at, until=pair.expires_at)]
    if age >= REFRESH_LIFE:
        return [broken("zalo_oa.dead", age=age)]
    if now >= pair.expires_at:
        return [look("zalo_oa.expired", at=pair.expires_at, left=REFRESH_LIFE - age)]
    return [good("zalo_oa.token", age=age)]


async def _account(examination: Examination, pair: Pair | None) -> list[Finding]:
    """Return what Zalo tells about the account, when there is a token to ask with."""
    if pair is None or examination.clock() >= pair.expires_at:
        return []
    try:
        answer = await official_account(examination.settings, pair.access)
    except Unreachable as failure:
        return [unreachable("zalo_oa", failure)]
    _compare_clocks(examination, "zalo_oa", answer)
    if answer.code in REFUSED_TOKEN:
        return [broken("zalo_oa.token_refused", code=str(answer.code))]
    if answer.code:
        return [refusal("zalo_oa", answer)]
    ours, theirs = examination.settings.zalo_oa_id, str(answer.result.get("oaid") or answer.result.get("oa_id") or "")
    if theirs and theirs != ours:
        return [broken("zalo_oa.other_account", ours=ours, theirs=theirs)]
    known = good("platform.known", name=NAMES["zalo_oa"], called=str(answer.result.get("name") or "?"))
    return [known, *_kind(examination, answer), *_package(examination, answer), *_ends(examination, answer)]


def _kind(examination: Examination, answer: Answer) -> list[Finding]:
    """Return what the type of the account means for sending."""
    kind, chosen = _number(answer.result.get("oa_type")), examination.settings.zalo_oa_send_api
    findings = []
    if kind in SEND_APIS and chosen not in ("auto", SEND_APIS[kind]):
        findings.append(broken("zalo_oa.wrong_api", kind=str(kind), chosen=chosen, right=SEND_APIS[kind]))
    elif kind == STATE_AGENCY:
        findings.append(good("zalo_oa.state_agency"))
    else:
        findings.append(good("zalo_oa.kind", kind=str(kind)))
    if answer.result.get("is_verified") is False:
        findings.append(look("zalo_oa.not_verified"))
    return findings


def _package(examination: Examination, answer: Answer) -> list[Finding]:
    """Return whether the account's package lets a program send, and as fast as the settings say."""
    package, pace = str(answer.result.get("package_name") or ""), examination.settings.zalo_oa_per_minute
    allowed = next((count for name, count in PACKAGES.items() if name in package.casefold()), 0)
    if allowed and pace > allowed:
        return [look("zalo_oa.too_fast", package=package, allowed=allowed, pace=pace)]
    if allowed:
        return [good("zalo_oa.package", package=package, allowed=allowed)]
    if _number(answer.result.get("oa_type")) == STATE_AGENCY:  # nobody has written down what packages they have
        return [good("zalo_oa.package_of_state_agency", package=package or "?")]
    return [look("zalo_oa.package_without_api", package=package or "?")]


def _ends(examination: Examination, answer: Answer) -> list[Finding]:
    """Return whether the package ends soon; Zalo writes the day as 31/12/2026."""
    written = str(answer.result.get("package_valid_through_date") or "")
    try:
        day = dt.datetime.strptime(written, "%d/%m/%Y").replace(tzinfo=dt.UTC)
    except ValueError:
        return []
    return [look("zalo_oa.package_ends", day=written)] if day - examination.clock() < PACKAGE_SOON else []


def _left(package: Package | None) -> list[Finding]:
    """Return what the package still pays for, when anything was ever sent that was not free."""
    if package is None:
        return []
    if package.left <= 0:
        return [look("zalo_oa.package_spent", at=package.at)]
    return [good("zalo_oa.package_left", left=package.left, total=package.total, at=package.at)]


def _heard(examination: Examination, at: dt.datetime | None) -> list[Finding]:
    """Return whether messages come: Zalo has no call that tells where it brings them."""
    address = wanted(examination.settings, "zalo_oa")
    if not address:
        return [broken("webhook.no_address", name=NAMES["zalo_oa"])]
    if at is None:
        return [look("webhook.never_heard", name=NAMES["zalo_oa"], address=address)]
    return [good("webhook.heard", name=NAMES["zalo_oa"], ago=examination.clock() - at)]


def _compare_clocks(examination: Examination, channel: str, answer: Answer) -> None:
    if answer.date:
        examination.clocks[channel] = answer.date - examination.clock()


def _number(given: object) -> int:
    return int(given) if isinstance(given, int | str) and str(given).isdecimal() else 0
