"""Webhooks: registered, removed, looked at over the wire; what is wrong is said with its remedy, and no secret."""

import datetime as dt
from typing import Any

import pytest

from bot.channels import telegram, telegram_in, zalo_bot, zalo_oa
from bot.findings import texts
from bot.served import PATHS
from bot.settings import Settings
from bot.webhooks import TELEGRAM_UPDATES, Act, webhook
from tests.dialogue import NOON
from tests.live import free_port
from tests.stand_in import HOOK, StandIn, ok, refused

TOKEN = "123:bimat-token"  # noqa: S105
SECRET = "bimat-webhook"  # noqa: S105
AGO = int((NOON - dt.timedelta(minutes=5)).timestamp())
TELEGRAM, ZALO_BOT = f"{HOOK}telegram", f"{HOOK}zalo-bot"


def settings_of(base: str, **changed: Any) -> Settings:
    usual = {
        "public_url": "https://ward.test",
        "telegram_token": TOKEN,
        "telegram_webhook_secret": SECRET,
        "telegram_api_base": base,
        "zalo_bot_token": TOKEN,
        "zalo_bot_secret": SECRET,
        "zalo_bot_api_base": base,
        "zalo_oa_id": "5",
    }
    return Settings(_env_file=None, **{**usual, **changed})


async def done(platform: StandIn, act: Act, channel: str, **changed: Any) -> tuple[str, int]:
    """Return what the command says, and its exit code."""
    async with platform.open():
        text, code = await webhook(settings_of(platform.url, **changed), act, channel, lambda: NOON)
    assert "bimat" not in text
    return text, code


def says(name: str, kind: str = "seen") -> str:
    """Return the beginning of a finding's words that is always the same, behind the platform's name."""
    words = texts()["findings"][name][kind].partition("{name}")[2] or texts()["findings"][name][kind]
    return str(words.partition("{")[0])


def test_the_paths_and_updates_are_those_the_platforms_listen_for() -> None:
    assert PATHS == {"telegram": telegram.WEBHOOK, "zalo_bot": zalo_bot.WEBHOOK, "zalo_oa": zalo_oa.WEBHOOK}
    assert TELEGRAM_UPDATES == telegram_in.ALLOWED_UPDATES


POLLING = {"telegram_webhook_secret": "", "zalo_bot_secret": ""}
INFO: list[tuple[str, Any, dict[str, str], str, int]] = [
    ("telegram", ok(url=TELEGRAM, pending_update_count=0), {}, "webhook.right", 0),
    ("telegram", ok(url=""), {}, "webhook.none", 2),
    ("telegram", ok(url="https://other.test/bimat"), {}, "webhook.elsewhere", 2),
    ("telegram", ok(url=""), POLLING, "webhook.polling", 0),
    ("telegram", ok(url=""), {"public_url": "http://ward.test"}, "webhook.polling", 0),
    ("telegram", ok(url=TELEGRAM), POLLING, "webhook.in_the_way", 2),
    ("telegram", ok(url=TELEGRAM, pending_update_count=100), {}, "webhook.waiting", 1),
    ("telegram", ok(url=TELEGRAM, last_error_date=AGO, last_error_message="403\n\x1b[2J"), {}, "webhook.fails", 1),
    ("telegram", ok(url=TELEGRAM, last_error_date=AGO - 7200), {}, "webhook.right", 0),
    ("telegram", ok(url=TELEGRAM, last_error_date=10**30, pending_update_count="x"), {}, "webhook.right", 0),
    ("telegram", (401, refused(401, "Unauthorized")), {}, "telegram.token", 2),
    ("telegram", (404, refused(404, "Not Found")), {}, "telegram.token", 2),
    ("telegram", (429, refused(429, f"Too Many {TOKEN}")), {}, "platform.refused", 2),
    ("telegram", "<html>Trang này bị chặn</html>", {}, "platform.strange", 2),
    ("telegram", [], {}, "platform.strange", 2),
    ("zalo-bot", ok(url=ZALO_BOT), {}, "webhook.right", 0),
    ("zalo_bot", refused(404), {}, "webhook.none", 2),
    ("zalo-bot", (404, refused(404)), POLLING, "webhook.polling", 0),
    ("zalo-bot", refused(401), {}, "zalo_bot.token", 2),
    ("zalo-bot", (401, refused(401)), {}, "zalo_bot.token", 2),
    ("zalo-bot", refused(429), {}, "platform.refused", 2),
]


@pytest.mark.parametrize(("channel", "told", "changed", "name", "code"), INFO)
async def test_info_tells_where_messages_are_brought(
    channel: str, told: Any, changed: dict[str, str], name: str, code: int
) -> None:
    platform = StandIn(getWebhookInfo=told)
    text, left = await done(platform, "info", channel, **changed)
    assert (left, platform.asked) == (code, [("getWebhookInfo", {})])
    assert says(name) in text
    assert "\x1b" not in text
    assert all(line.startswith(tuple(texts()["marks"].values())) for line in text.splitlines())


async def test_set_registers_the_address_with_its_secret_and_looks_whether_it_is_so() -> None:
    platform = StandIn(setWebhook={"ok": True, "result": True}, getWebhookInfo=ok(url=TELEGRAM))
    text, code = await done(platform, "set", "telegram")
    given = {"url": TELEGRAM, "secret_token": SECRET, "allowed_updates": TELEGRAM_UPDATES}
    assert (code, platform.asked) == (0, [("setWebhook", given), ("getWebhookInfo", {})])
    assert TELEGRAM in text


async def test_set_tells_that_zalo_keeps_an_address_it_could_not_reach() -> None:
    tried = {"ok": False, "outcome": "webhook.http.403", "hint": "rejected by WAF/CDN"}
    platform = StandIn(setWebhook=ok(url=ZALO_BOT, verification=tried), getWebhookInfo=ok(url=ZALO_BOT))
    text, code = await done(platform, "set", "zalo-bot")
    assert (code, platform.asked[0]) == (2, ("setWebhook", {"url": ZALO_BOT, "secret_token": SECRET}))
    assert "webhook.http.403 rejected by WAF/CDN" in text


@pytest.mark.parametrize("channel", ["telegram", "zalo-bot"])
async def test_set_needs_a_public_address_and_a_secret(channel: str) -> None:
    platform = StandIn()
    for changed in (POLLING, {"public_url": ""}, {"public_url": "http://ward.test"}):
        text, code = await done(platform, "set", channel, **changed)
        assert (code, platform.asked) == (2, [])
        assert "PUBLIC_URL" in text
        assert {"telegram": "TELEGRAM_WEBHOOK_SECRET", "zalo-bot": "ZALO_BOT_SECRET"}[channel] in text


async def test_a_refusal_to_set_is_told() -> None:
    platform = StandIn(setWebhook=(400, refused(400, "Bad Request: bad webhook: IP address is reserved")))
    text, code = await done(platform, "set", "telegram")
    assert code == 2
    assert "bad webhook: IP address is reserved" in text


@pytest.mark.parametrize(
    ("channel", "told", "changed", "name", "code"),
    [
        ("telegram", {"ok": True, "result": True}, POLLING, "webhook.deleted", 0),
        ("telegram", {"ok": True, "result": True}, {}, "webhook.deleted_but_wanted", 1),
        ("zalo-bot", refused(404), POLLING, "webhook.deleted", 0),
        ("zalo-bot", refused(429), POLLING, "platform.refused", 2),
    ],
)
async def test_delete_removes_it(channel: str, told: Any, changed: dict[str, str], name: str, code: int) -> None:
    platform = StandIn(deleteWebhook=told)
    text, left = await done(platform, "delete", channel, **changed)
    assert (left, platform.asked) == (code, [("deleteWebhook", {})])
    assert says(name) in text


@pytest.mark.parametrize("act", ["set", "delete", "info"])
async def test_the_official_account_s_webhook_is_entered_by_hand(act: Act) -> None:
    platform = StandIn()
    text, code = await done(platform, act, "zalo-oa")
    assert (code, platform.asked) == (1, [])
    assert f"{HOOK}zalo-oa" in text
    text, code = await done(platform, act, "zalo-oa", public_url="")
    assert (code, "PUBLIC_URL" in text) == (2, True)


async def test_a_channel_that_is_unknown_or_not_set_up_is_told() -> None:
    text, code = await done(StandIn(), "info", "viber")
    assert (code, "telegram, zalo-bot, zalo-oa" in text) == (2, True)
    text, code = await done(StandIn(), "info", "telegram", telegram_token="")
    assert (code, says("webhook.not_set_up") in text) == (2, True)


@pytest.mark.parametrize("channel", ["telegram", "zalo-bot"])
async def test_a_platform_that_cannot_be_reached_is_told(channel: str) -> None:
    settings = settings_of(f"http://127.0.0.1:{free_port()}")
    text, code = await webhook(settings, "info", channel, lambda: NOON)
    assert code == 2
    assert "(ConnectError)" in text
    assert "bimat" not in text
    assert ("Zalo và trang web vẫn chạy" in text) == (channel == "telegram")


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://u:bimat@proxy.test:1", "socks9://proxy.test:1"])
async def test_a_proxy_that_cannot_be_used_is_told(proxy: str) -> None:
    text, code = await done(StandIn(), "info", "telegram", telegram_proxy=proxy)
    assert (code, "TELEGRAM_PROXY" in text) == (2, True)


async def test_telegram_is_asked_through_the_proxy() -> None:
    async with StandIn(getWebhookInfo=ok(url=TELEGRAM)).open() as proxy:
        settings = settings_of("http://telegram.invalid", telegram_proxy=proxy.url)
        text, code = await webhook(settings, "info", "telegram", lambda: NOON)
    assert (code, proxy.headers["host"]) == (0, "telegram.invalid")
    assert TELEGRAM in text
