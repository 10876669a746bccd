"""The terminal: numbers to type, nothing dropped, one resident a name, and polite at the end."""

import asyncio
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.channels.console import render, talk
from bot.settings import Settings
from handlers.messages import Choice, Reply
from tests.live import COMMAND, QUESTIONS, environment

CONTENT = Path(__file__).parent / "content"
RENDERED = [
    (Reply("**Chào** bà con"), "Chào bà con\n"),
    (Reply("Hình", picture="phone_form"), "[phone_form]\nHình\n"),
    (
        Reply("Chọn", (Choice("Một", "/a"), Choice("Quay lại", "/menu", "0"), Choice("Hai", "/b"))),
        "Chọn\n\n   1. Một\n   0. Quay lại\n   2. Hai",
    ),
    (Reply("Chọn", tuple(Choice("x", "/a") for _ in range(10))), "  11. x"),
]


@pytest.mark.parametrize(("reply", "lines"), RENDERED)
def test_a_reply_is_lines_with_numbers(reply: Reply, lines: str) -> None:
    assert render(reply).endswith(lines)


def chat(folder: Path, typed: bytes, url: str, *options: str) -> str:
    """Type into the program's chat until the end; return what it said. It ends well and complains of nothing."""
    done = subprocess.run(
        [COMMAND, "chat", *options],
        cwd=folder,
        env=environment(database_url=url, content_dir=CONTENT, faq_dir=QUESTIONS),
        input=typed,
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


@pytest.fixture
def chat_here(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Give a way to type into the chat without starting the program again."""

    def typing(typed: bytes, name: str = "ba-con") -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8"))
        settings = Settings(_env_file=None, database_url=database_url, content_dir=CONTENT, faq_dir=QUESTIONS)
        asyncio.run(talk(settings, name, ""))
        return capsys.readouterr().out

    return typing


def test_a_dialogue_is_walked_and_remembered_by_name(
    tmp_path: Path, database_url: str, chat_here: Callable[..., str]
) -> None:
    told = chat(tmp_path, "1\n2\n\nhọc\n/lesson first_steps 2\n1\n".encode(), database_url, "--as", "co-lan")
    assert "«co-lan»" in told
    assert "2. Đồng ý, tôi từ 18 đến 59 tuổi" in told
    assert "> học" in told  # typed from a file, it is shown
    assert "Bước 3/3 – Bước đầu" in told
    assert "Học tiếp: Bước đầu" in chat_here("trang chính\n".encode(), "co-lan")
    assert "Học tiếp" not in chat_here("trang chính\n".encode(), "chu-tu")


def test_thoat_leaves(chat_here: Callable[..., str]) -> None:
    word = unicodedata.normalize("NFD", "THOÁT")
    told = chat_here(f"{word}\nhọc\n".encode())
    assert told.endswith(f"> {word}\n")


def test_bytes_that_are_no_text_and_no_last_line_end_are_no_trouble(chat_here: Callable[..., str]) -> None:
    told = chat_here(b"\xff\xfe\x00\n/lesson first_steps 2")
    assert "Bước 2/3" in told


def test_ctrl_c_ends_politely_while_it_waits(tmp_path: Path, database_url: str) -> None:
    terminal, other_end = pty.openpty()
    program = subprocess.Popen(
        [COMMAND, "chat"],
        cwd=tmp_path,
        env=environment(database_url=database_url, content_dir=CONTENT, faq_dir=QUESTIONS),
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,
    )
    os.close(other_end)
    told = _until(terminal, "> ")
    for _ in range(20):  # readline does not hear one that comes between its prompt and its waiting; people press again
        program.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            program.wait(3)
            break
    assert program.returncode == 0
    told += _until(terminal, "")
    os.close(terminal)
    assert "Traceback" not in told
    assert not re.search(r"[A-Z]\w+Error|Abort", told)
    assert not list(tmp_path.glob("*-wal"))


def _until(terminal: int, ending: str) -> str:
    """Return what stands on the terminal up to this ending, or all there is."""
    told = b""
    while (not ending or not told.endswith(ending.encode())) and select.select([terminal], [], [], 60)[0]:
        try:
            told += os.read(terminal, 4096)
        except OSError:  # the program has gone
            break
    return told.decode("utf-8", "replace")
