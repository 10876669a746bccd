"""Settings: .env.example, the documents and the class are in step; what cannot be used is named and not repeated."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import Settings, complaint

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / ".env.example"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def written(value: Any) -> str:
    """Return a default as it is written in .env."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def test_the_example_names_every_setting_with_its_default_in_order_and_nothing_else() -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    defaults = {name.upper(): written(field.default) for name, field in Settings.model_fields.items()}
    assert lines == [f"{name}={value}" for name, value in defaults.items()]


def test_the_example_explains_every_setting() -> None:
    for paragraph in EXAMPLE.read_text(encoding="utf-8").split("\n\n"):
        assert paragraph.startswith("# "), paragraph


def test_the_example_copied_as_it_is_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


def test_every_setting_is_documented() -> None:
    told = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert [name.upper() for name in Settings.model_fields if f"`{name.upper()}`" not in told] == []


BAD = [
    ("DATABASE_URL", "mysql://root:bimat@localhost/x"),
    ("WARD_CODE", "Phường Bimat"),
    ("WARD_NAME", ""),
    ("WARD_NAME", "bimat" * 20),
    ("WARD_CONTACT", "bimat" * 100),
    ("NEIGHBOURHOOD_WORD", "bimat" * 10),
    ("TARGET_PERCENT", "101"),
    ("TARGET_BY_YEAR", "2026=70 bimat"),
    ("TARGET_BY_YEAR", "2026=101"),
    ("PASS_PERCENT", "bimat"),
    ("REPORT_CUTOFF_DAY", "29"),
    ("WEB_PORT", "0"),
    ("WEB_PORT", "8000.5"),
    ("PUBLIC_URL", "https://bimat.vn/"),
    ("PUBLIC_URL", "bimat.vn"),
    ("WEB_FRAME_ANCESTORS", "https://a.vn; script-src *"),
    ("WEB_FRAME_ANCESTORS", "https://a.vn\nbimat: 1"),
    ("WEB_MESSAGES_PER_MINUTE", "0"),
    ("PUBLIC_COVERAGE", "bimat"),
    ("SAMPLE", "bimat"),
    ("TELEGRAM_TOKEN", "bimat"),
    ("TELEGRAM_TOKEN", "123456 bimat"),
    ("TELEGRAM_TOKEN", "<123456:bimat>"),
    ("TELEGRAM_TOKEN", "123456:bí-mật-bimat"),
    ("ZALO_BOT_TOKEN", "bimat:123"),
    ("ZALO_OA_ID", "oa-bimat"),
    ("ZALO_OA_APP_ID", "bimat"),
    ("TELEGRAM_API_BASE", "ftp://bimat"),
    ("TELEGRAM_PER_SECOND", "bimat"),
    ("ZALO_OA_SIGNATURE", "bimat"),
    ("ZALO_OA_SEND_API", "bimat"),
    ("ZALO_OA_PER_MINUTE", "0"),
    ("ZALO_OA_PAID_SENDS", "bimat"),
    ("ZALO_OA_VERIFIER", "<bimat>"),
    ("ZALO_BOT_MONTHLY_CAP", "-1"),
    ("LOG_FORMAT", "bimat"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_setting_that_cannot_be_used_is_named_and_its_value_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    told = complaint(caught.value)
    assert re.search(rf"^  - {name}: .+; .+\.$", told, re.MULTILINE)
    assert "bimat" not in told.lower()
    assert "xem lời giải thích" not in told  # that is said where nothing better is known


@pytest.mark.parametrize("token", ["", "123456:AbC_d-9", " 123456:AbC_d-9\n"])
def test_a_token_as_the_platforms_make_it_is_taken(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    for name in ("TELEGRAM_TOKEN", "ZALO_BOT_TOKEN"):
        monkeypatch.setenv(name, token)
    assert Settings(_env_file=None).zalo_bot_token.get_secret_value() == token


def test_every_setting_that_cannot_be_used_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PORT", "x")
    monkeypatch.setenv("SAMPLE", "x")
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    assert re.findall(r"^  - (\w+)", complaint(caught.value), re.MULTILINE) == ["WEB_PORT", "SAMPLE"]
