"""Settings: what the operator decides, from the environment or the file .env."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+$")]


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
    pass_percent: Annotated[int, Field(ge=1, le=100)] = 60
    content_dir: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None  # empty is none
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?$")] = ""
    web_frame_ancestors: Annotated[str, Field(pattern=r"^[A-Za-z0-9:/.*\- ]*$")] = ""
    web_messages_per_minute: Annotated[int, Field(ge=1)] = 40
    public_coverage: bool = False
    sample: bool = False
    telegram_token: SecretStr = SecretStr("")
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_api_base: Address = "https://api.telegram.org"
    telegram_proxy: str = ""
    telegram_per_second: Annotated[float, Field(gt=0, le=1000)] = 30
    zalo_oa_id: str = ""
    zalo_oa_app_id: str = ""
    zalo_oa_app_secret: SecretStr = SecretStr("")
    zalo_oa_secret_key: SecretStr = SecretStr("")
    zalo_oa_refresh_token: SecretStr = SecretStr("")
    zalo_oa_api_base: Address = "https://openapi.zalo.me"
    zalo_oa_oauth_base: Address = "https://oauth.zaloapp.com"
    zalo_oa_send_api: Annotated[str, Field(pattern=r"^(auto|v2|v3)$")] = "auto"
    zalo_oa_per_minute: Annotated[int, Field(ge=1)] = 100
    zalo_oa_paid_sends: bool = False
    zalo_oa_verifier: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")] = ""
    zalo_bot_token: SecretStr = SecretStr("")
    zalo_bot_secret: SecretStr = SecretStr("")
    zalo_bot_api_base: Address = "https://bot-api.zaloplatforms.com"
    zalo_bot_monthly_cap: Annotated[int, Field(ge=0)] = 3000
    zalo_bot_user_cap: Annotated[int, Field(ge=0)] = 50
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    log_format: Annotated[str, Field(pattern=r"^(text|json)$")] = "text"


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
