"""Logs: one line an event on standard error, as text or JSON, of our own and of the libraries; never with a value."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import set_up
from handlers.core import places


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Let the logs be as before afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def failure() -> ValueError:
    """Return an error that was raised, with a value in its message."""
    try:
        raise ValueError("mã 445566")
    except ValueError as error:
        return error


def logged(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines on standard error; there is nothing else."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_as_json_every_line_is_an_object_in_readable_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    structlog.get_logger().info("bắt đầu", port=8000)
    [line] = logged(capsys)
    found = json.loads(line)
    assert (found["event"], found["port"], found["level"]) == ("bắt đầu", 8000, "info")
    assert found["timestamp"].endswith("Z")
    assert "bắt đầu" in line


def test_as_text_every_line_is_read_from_left_to_right(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("text")
    structlog.get_logger().warning("bắt đầu", at=["a.py:1"], said="một\nhai")
    [line] = logged(capsys)
    assert line.startswith("timestamp='")
    assert line.endswith(r"level='warning' event='bắt đầu' at=['a.py:1'] said='một\nhai'")


def test_what_is_below_info_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    structlog.get_logger().debug("nothing")
    logging.getLogger("library").info("nothing")
    assert logged(capsys) == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_libraries_log_is_there_without_its_values(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up(form)
    error = failure()
    library = logging.getLogger("library")
    library.warning("cannot read %s", "445566")
    library.error("it failed\nbecause of 445566", exc_info=error)
    library.error(error)
    lines = logged(capsys)
    assert len(lines) == 3
    assert "445566" not in "".join(lines)
    assert "cannot read %s" in lines[0]
    assert "ValueError" in lines[1]
    assert "test_logs.py:" in lines[1]
    assert "library" in lines[2]


def test_the_places_are_files_and_lines_and_nothing_else() -> None:
    [place] = places(failure())
    name, _, line = place.partition(":")
    assert (name, line.isdecimal()) == ("test_logs.py", True)
