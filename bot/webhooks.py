"""Webhooks: where platforms bring messages to; looking at, registering and removing them, one channel at a time."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.examination import Examination
from bot.findings import Finding, Outcome, broken, good, look, report
from bot.platform_calls import Answer, BotCalls, Unreachable, calling
from bot.served import NAMES, PATHS, served, wanted
from bot.settings import Settings

TELEGRAM_UPDATES = ["message", "callback_query", "my_chat_member"]
MANY_WAITING = 100
FRESH = dt.timedelta(hours=1)
"""How long a failure that Telegram tells of is worth mentioning."""

Act = Literal["set", "delete", "info"]


def registered(settings: Settings, channel: str, answer: Answer, now: dt.datetime) -> list[Finding]:
    """Return what a platform's getWebhookInfo shows."""
    name, should_be, found = NAMES[channel], wanted(settings, channel), str(answer.result.get("url") or "")
    if answer.code and not (channel == "zalo_bot" and answer.code == 404):  # 404: Zalo Bot has none
        return [refusal(channel, answer)]
    if not found and not should_be:
        return [good("webhook.polling", name=name)]
    if not found:
        return [broken("webhook.none", name=name, channel=_typed(channel))]
    if not should_be:
        return [broken("webhook.in_the_way", name=name, host=_host(found), channel=_typed(channel))]
    if found != should_be:
        return [broken("webhook.elsewhere", name=name, host=_host(found), channel=_typed(channel))]
    return [good("webhook.right", name=name, address=should_be), *_troubles(name, answer.result, now)]


def refusal(channel: str, answer: Answer) -> Finding:
    """Return what follows from a platform's refusal."""
    name = NAMES[channel]
    if not answer.understood:
        return broken("platform.strange", name=name, code=str(answer.code))
    if answer.code == 401 or (channel == "telegram" and answer.code == 404):  # 404: no bot could have such a token
        return broken(f"{channel}.token", name=name)
    return broken("platform.refused", name=name, code=str(answer.code), words=answer.words)


def unreachable(channel: str, failure: Unreachable) -> Finding:
    """Return what follows when a platform does not answer."""
    if str(failure) == "proxy":
        return broken("telegram.proxy")
    special = "telegram.unreachable" if channel == "telegram" else "platform.unreachable"
    return broken(special, name=NAMES[channel], kind=str(failure))


async def webhook(settings: Settings, act: Act, channel: str, clock: Callable[[], dt.datetime]) -> Outcome:
    """Register, remove or look at the webhook of a channel; say what became of it."""
    channel = channel.lower().replace("-", "_")
    findings = _without_calling(settings, act, channel)
    if not findings:
        try:
            async with calling(settings, channel) as bot:
                findings = await _act(settings, act, channel, bot, clock)
        except Unreachable as failure:
            findings = [unreachable(channel, failure)]
    return report(findings, Examination(settings, clock).secrets, "list")


def _without_calling(settings: Settings, act: Act, channel: str) -> list[Finding]:
    """Return why a platform need not be asked, nothing when it must be."""
    if channel not in PATHS:
        return [broken("webhook.unknown_channel", known=", ".join(map(_typed, PATHS)))]
    if channel not in served(settings):
        return [broken("webhook.not_set_up", name=NAMES[channel])]
    if channel == "zalo_oa":  # its platform has no call for that
        address = wanted(settings, channel)
        return [look("webhook.by_hand", address=address) if address else broken("webhook.no_address", name="Zalo OA")]
    if act == "set" and not wanted(settings, channel):
        setting = {"telegram": "TELEGRAM_WEBHOOK_SECRET", "zalo_bot": "ZALO_BOT_SECRET"}[channel]
        return [broken("webhook.not_wanted", name=NAMES[channel], setting=setting)]
    return []


async def _act(
    settings: Settings, act: Act, channel: str, bot: BotCalls, clock: Callable[[], dt.datetime]
) -> list[Finding]:
    if act == "info":
        return registered(settings, channel, await bot.call("getWebhookInfo"), clock())
    if act == "delete":
        answer = await bot.call("deleteWebhook")
        none = channel == "zalo_bot" and answer.code == 404
        return [refusal(channel, answer)] if answer.code and not none else [_deleted(settings, channel)]
    answer = await bot.call("setWebhook", **_registration(settings, channel))
    if answer.code:
        return [refusal(channel, answer)]
    after = await bot.call("getWebhookInfo")
    return [*registered(settings, channel, after, clock()), *_verified(channel, answer)]


def _registration(settings: Settings, channel: str) -> dict[str, Any]:
    """Return what a webhook is registered with."""
    if channel == "telegram":
        secret, more = settings.telegram_webhook_secret, {"allowed_updates": TELEGRAM_UPDATES}
    else:
        secret, more = settings.zalo_bot_secret, {}
    return {"url": wanted(settings, channel), "secret_token": secret.get_secret_value(), **more}


def _deleted(settings: Settings, channel: str) -> Finding:
    if wanted(settings, channel):
        return look("webhook.deleted_but_wanted", name=NAMES[channel], channel=_typed(channel))
    return good("webhook.deleted", name=NAMES[channel])


def _verified(channel: str, answer: Answer) -> list[Finding]:
    """Return what Zalo Bot found when it tried the address: it keeps one that does not work."""
    tried = answer.result.get("verification")
    if not isinstance(tried, dict) or tried.get("ok") is not False:
        return []
    why = " ".join(str(tried[field]) for field in ("outcome", "hint") if tried.get(field))
    return [broken("webhook.not_verified", name=NAMES[channel], why=why)]


def _troubles(name: str, told: dict[str, Any], now: dt.datetime) -> list[Finding]:
    """Return what Telegram tells of a webhook that is registered and does not work well."""
    findings = []
    waiting, at = told.get("pending_update_count"), _time(told.get("last_error_date"))
    if isinstance(waiting, int) and waiting >= MANY_WAITING:
        findings.append(look("webhook.waiting", name=name, count=waiting))
    if at and now - at < FRESH:
        findings.append(look("webhook.fails", name=name, at=at, why=str(told.get("last_error_message", ""))))
    return findings


def _time(given: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(given, dt.UTC) if isinstance(given, int) else None
    except (ValueError, OverflowError, OSError):  # no time at all
        return None


def _host(address: str) -> str:
    """Return the host alone: what follows it may be somebody's secret."""
    try:
        return urlsplit(address).hostname or "?"
    except ValueError:
        return "?"


def _typed(channel: str) -> str:
    """Return a channel as it is typed after the command."""
    return channel.replace("_", "-")
