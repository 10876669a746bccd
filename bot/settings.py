"""Settings: what the operator decides, from the environment or the file .env."""

import datetime as dt
import re
from contextlib import suppress
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from handlers.hours import USUAL_HOURS, hours
from handlers.targets import Targets, targets

Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+$")]
EARLIEST, LATEST = dt.time(7), dt.time(21)
"""Between these, whatever the ward decides."""
Number = Annotated[str, Field(pattern=r"^[0-9]*$")]
"""An id of digits alone; none: not set."""


def _of_a_bot(token: SecretStr) -> SecretStr:
    """Return a token as both platforms make them: the bot's number, a colon, the secret. None: not set."""
    if re.fullmatch(r"\s*([0-9]+:[A-Za-z0-9_-]+)?\s*", token.get_secret_value()):
        return token
    raise PydanticCustomError("string_pattern_mismatch", "no token")  # without the value: it may be a secret


def _of_hours(written: str) -> str:
    """Return hours that reminders may be sent in: in order, between seven and nine."""
    with suppress(ValueError):
        windows = hours(written).windows
        if windows[0][0] >= EARLIEST and windows[-1][1] <= LATEST:
            return written
    raise PydanticCustomError("string_pattern_mismatch", "no hours")


def _of_targets(written: str) -> str:
    """Return targets as `targets` reads them."""
    with suppress(ValueError):
        targets(0, written)
        return written
    raise PydanticCustomError("string_pattern_mismatch", "no targets")


def _of_push(key: SecretStr) -> SecretStr:
    """Return a private key as `hocvuso push-key` makes it. None: not set."""
    if not re.fullmatch(r"([A-Za-z0-9_-]{43})?", key.get_secret_value()):
        raise PydanticCustomError("string_pattern_mismatch", "no key")
    if key.get_secret_value() and find_spec("cryptography") is None:
        raise PydanticCustomError("no_library", "no library", {"extra": "push"})
    return key


VapidKey = Annotated[SecretStr, AfterValidator(_of_push)]
PUSH_SERVICES = "https://fcm.googleapis.com https://*.push.services.mozilla.com https://*.push.apple.com https://*.notify.windows.com"
"""Those of the browsers; no other address is called."""
BotToken = Annotated[SecretStr, AfterValidator(_of_a_bot)]


class Settings(BaseSettings):
    """Every setting with its default; .env.example explains each to the operator."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    database_url: Annotated[str, Field(pattern=r"^(sqlite:///|postgresql\+psycopg://).+")] = (
        "sqlite:///data/hocvuso.sqlite3"
    )
    ward_code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "phuong-mau"
    ward_name: Annotated[str, Field(min_length=1, max_length=80)] = "Phường Mẫu"
    ward_contact: Annotated[str, Field(max_length=300)] = ""
    neighbourhood_word: Annotated[str, Field(min_length=1, max_length=30)] = "khu phố"
    target_percent: Annotated[int, Field(ge=1, le=100)] = 80
    target_by_year: Annotated[str, AfterValidator(_of_targets)] = ""
    pass_percent: Annotated[int, Field(ge=1, le=100)] = 60
    report_cutoff_day: Annotated[int, Field(ge=0, le=28)] = 14
    report_template: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None
    content_dir: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None  # empty is none
    own_content_dir: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None
    faq_dir: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None
    cards_dir: Path = Path("data/cards")
    sounds_dir: Path = Path("data/sounds")
    read_aloud: bool = False
    backup_dir: Path = Path("data/backups")
    backup_keep: Annotated[int, Field(ge=1, le=1000)] = 14
    keep_texts_days: Annotated[int, Field(ge=7, le=3660)] = 30
    keep_questions_days: Annotated[int, Field(ge=7, le=3660)] = 180
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?$")] = ""
    web_frame_ancestors: Annotated[str, Field(pattern=r"^[A-Za-z0-9:/.*\- ]*$")] = ""
    web_messages_per_minute: Annotated[int, Field(ge=1)] = 40
    vapid_private_key: VapidKey = SecretStr("")
    push_services: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.*:-]+( |$))*$")] = PUSH_SERVICES
    public_coverage: bool = False
    reminder_hours: Annotated[str, AfterValidator(_of_hours)] = USUAL_HOURS
    sample: bool = False
    telegram_token: BotToken = SecretStr("")
    telegram_username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{0,32}$")] = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_api_base: Address = "https://api.telegram.org"
    telegram_proxy: str = ""
    telegram_per_second: Annotated[float, Field(gt=0, le=1000)] = 30
    zalo_oa_id: Number = ""
    zalo_oa_app_id: Number = ""
    zalo_oa_app_secret: SecretStr = SecretStr("")
    zalo_oa_secret_key: SecretStr = SecretStr("")
    zalo_oa_signature: Annotated[
        str, Field(pattern=r"^(auto|(app_id|oa_id)-(header|body|none)-(oa_secret|app_secret))$")
    ] = "auto"
    zalo_oa_refresh_token: SecretStr = SecretStr("")
    zalo_oa_api_base: Address = "https://openapi.zalo.me"
    zalo_oa_oauth_base: Address = "https://oauth.zaloapp.com"
    zalo_oa_send_api: Annotated[str, Field(pattern=r"^(auto|v2|v3)$")] = "auto"
    zalo_oa_per_minute: Annotated[int, Field(ge=1)] = 100
    zalo_oa_free_cap: Annotated[int, Field(ge=0)] = 8
    zalo_oa_paid_sends: bool = False
    zalo_oa_paid_price: Annotated[int, Field(ge=0)] = 0
    zalo_oa_template_id: Number = ""
    zalo_oa_template_field: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,30}$")] = "noi_dung"
    zalo_oa_template_price: Annotated[int, Field(ge=0)] = 0
    zalo_oa_staff_minutes: Annotated[int, Field(ge=0, le=1440)] = 30
    zalo_oa_verifier: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")] = ""
    zalo_bot_token: BotToken = SecretStr("")
    zalo_bot_secret: SecretStr = SecretStr("")
    zalo_bot_api_base: Address = "https://bot-api.zaloplatforms.com"
    zalo_bot_monthly_cap: Annotated[int, Field(ge=0)] = 3000
    zalo_bot_user_cap: Annotated[int, Field(ge=0)] = 50
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    log_format: Annotated[str, Field(pattern=r"^(text|json)$")] = "text"

    @property
    def targets(self) -> Targets:
        """The share of adults who should have the basic skills, year by year."""
        return targets(self.target_percent, self.target_by_year)


def complaint(error: ValidationError) -> str:
    """Return which settings cannot be used, what is wrong and what is allowed; never a value, it may be a secret."""
    texts: dict[str, Any] = yaml.load(files("bot").joinpath("texts/settings.yaml").read_text("utf-8"), yaml.CSafeLoader)
    lines = [texts["intro"]]
    for found in error.errors(include_url=False, include_input=False):
        setting = "_".join(map(str, found["loc"])).upper()
        wrong = texts["wrong"].get(found["type"], texts["wrong"]["other"]).format(**found.get("ctx", {}))
        allowed = texts["allowed"].get(setting, texts["allowed"]["other"])
        lines.append(texts["line"].format(setting=setting, wrong=wrong, allowed=allowed))
    return "\n".join(lines)
