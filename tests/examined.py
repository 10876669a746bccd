"""Examining a ward in tests: settings that go together, and what the checks find, which never holds a secret."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from bot.doctor import CHECKS, examine
from bot.settings import Settings

CONTENT = Path(__file__).parent / "content"
TOKEN = "123:bimat-token"  # noqa: S105
OA = {"zalo_oa_id": "5", "zalo_oa_app_id": "6", "zalo_oa_app_secret": "bimat-app", "zalo_oa_secret_key": "bimat-key"}


def settings_of(database_url: str = "sqlite:////nowhere/x.sqlite3", **changed: Any) -> Settings:
    usual = {
        "database_url": database_url,
        "ward_code": "phuong-thu",
        "ward_name": "Phường Thử",
        "public_url": "https://ward.test",
        "content_dir": CONTENT,
    }
    return Settings(_env_file=None, **{**usual, **changed})


async def found(
    settings: Settings, *names: str, now: dt.datetime | None = None, seconds: float = 5
) -> tuple[dict[str, dict[str, str]], int]:
    """Return what these checks find, by name, and the exit code; a secret among it is a failure."""
    checks = {name: CHECKS[name] for name in names or CHECKS}
    told, code = await examine(settings, True, lambda: now or dt.datetime.now(dt.UTC), checks, seconds)
    assert "bimat" not in told
    findings = [finding for finding in json.loads(told)["findings"] if not finding["name"].startswith("clock.")]
    assert len({finding["name"] for finding in findings}) == len(findings)
    return {finding["name"]: finding for finding in findings}, code
