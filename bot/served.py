"""Which channels are set up, where platforms bring their messages to, and where the office is opened."""

from bot.settings import Settings
from office.posters import Doors

PATHS = {
    "telegram": "/webhook/telegram",
    "zalo_bot": "/webhook/zalo-bot",
    "zalo_oa": "/webhook/zalo-oa",
}
"""Where the channels listen, as their files in bot/channels have it."""
NAMES = {"telegram": "Telegram", "zalo_bot": "Zalo Bot", "zalo_oa": "Zalo OA"}


def wanted(settings: Settings, channel: str) -> str:
    """Return the address a channel's webhook should have, nothing where it polls."""
    secret = {"telegram": settings.telegram_webhook_secret, "zalo_bot": settings.zalo_bot_secret}.get(channel)
    public = settings.public_url.startswith("https:")
    return f"{settings.public_url}{PATHS[channel]}" if public and (secret is None or secret.get_secret_value()) else ""


def served(settings: Settings) -> list[str]:
    """Return the channels that are set up."""
    keys = {
        "telegram": settings.telegram_token.get_secret_value(),
        "zalo_oa": settings.zalo_oa_id,
        "zalo_bot": settings.zalo_bot_token.get_secret_value(),
    }
    return [channel for channel, key in keys.items() if key]


def address(settings: Settings) -> str:
    """Return the address under which the office is opened."""
    return settings.public_url or f"http://{settings.web_host}:{settings.web_port}"


def doors_of(settings: Settings) -> Doors:
    """Return where residents can begin, by the settings."""
    return Doors(
        site=settings.public_url,
        zalo_oa=settings.zalo_oa_id,
        zalo_bot=settings.zalo_bot_token.get_secret_value().strip().partition(":")[0],
        telegram=settings.telegram_username,
    )
