"""A small run of bench/chaos.py: real processes, really killed, once at the points that nothing else tests."""

import asyncio
import shutil
from pathlib import Path

import pytest

from bench.chaos import TWO, table, torment
from faq.bank import CONTENT
from tests.spares import SERVER

UNDER_WAY = 8
"""Most messages under way at once: each of them may be sent again."""
ONE_PROCESS = ("after insert", "after the platform accepted", "during token rotation")
LESSONS = Path(__file__).parent / "content"


@pytest.mark.timeout(200)  # four starts of the program
@pytest.mark.parametrize("points", [ONE_PROCESS, (TWO,)], ids=["one process", TWO])
def test_kill_9_loses_nothing_and_repeats_no_reminder(
    points: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if points == (TWO,) and not SERVER:
        pytest.skip("SQLite belongs to one process")
    monkeypatch.chdir(tmp_path)
    lessons, questions = tmp_path / "lessons", tmp_path / "questions"  # few, for a quick start
    shutil.copytree(LESSONS, lessons)
    (lessons / "pictures").mkdir()
    questions.mkdir()
    shutil.copy(min(CONTENT.glob("*.yaml"), key=lambda file: file.stat().st_size), questions)
    found = asyncio.run(torment(points, 1, SERVER, content_dir=lessons, faq_dir=questions))
    for point, figures in found.items():
        assert figures.kills == 1, point
        assert figures.turns_lost == figures.completions_doubled == figures.reminders_doubled == 0, table(found)
        assert 0 <= figures.answers_doubled <= UNDER_WAY, table(found)
