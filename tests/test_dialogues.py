"""Dialogues for behaviour, and whole transcripts that are rewritten with --rewrite-dialogues."""

from pathlib import Path

import pytest

from handlers.core import Core
from tests.dialogue import Resident, verify_dialogue, written

TRANSCRIPTS = sorted((Path(__file__).parent / "dialogues").glob("*.txt"))


async def test_a_resident_joins_learns_and_passes(core: Core) -> None:
    await verify_dialogue(
        Resident(core),
        [
            ("/start kp5", "Chào bà con **Khu phố 5**"),
            ("1", "Bà con có đồng ý không?"),
            ("dong y toi tu 60 tuoi", "Bà con ở **Khu phố 5**, đúng không?"),
            ("dung roi", "nhắn nhắc học"),
            ("khong can nhac", "[1] Học bài: Bước đầu"),
            ("1", "Bước 1/3"),
            ("tiep", "Bước 2/3"),
            ("1", "[1] Làm mấy câu hỏi ngắn"),
            ("1", "**Câu 1/2.**"),
            ("nut thu nhat", "**Câu 2/2.**"),
            ("3", "**đã đạt** bài **Bước đầu**. Khu phố 5 có thêm một người"),
        ],
    )


@pytest.mark.parametrize("file", TRANSCRIPTS, ids=lambda file: file.stem)
async def test_the_transcript_is_what_the_bot_says(file: Path, core: Core, request: pytest.FixtureRequest) -> None:
    resident = Resident(core)
    transcript = []
    for said in [line[2:] for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("> ")]:
        transcript.append(f"> {said}\n{written(await resident.say(said))}\n")
    played = "\n".join(transcript)
    if request.config.getoption("--rewrite-dialogues"):
        file.write_text(played, encoding="utf-8")
    assert played == file.read_text(encoding="utf-8")
