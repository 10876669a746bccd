"""Listening: numbers in words, the ward's recordings first, the machine's voice only where it is allowed."""

import asyncio
import shutil
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from bot.sounds import Sounds, read_aloud
from bot.spoken import number, spoken
from handlers.core import Core
from lessons.library import Library, read_library
from tests.visits import client_of, settings_of, visiting

SPEAKS = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
NUMBERS = [
    ("0", "không"),
    ("5", "năm"),
    ("10", "mười"),
    ("15", "mười lăm"),
    ("21", "hai mươi mốt"),
    ("44", "bốn mươi bốn"),
    ("55", "năm mươi lăm"),
    ("100", "một trăm"),
    ("105", "một trăm linh năm"),
    ("110", "một trăm mười"),
    ("129", "một trăm hai mươi chín"),
    ("2025", "hai nghìn không trăm hai mươi lăm"),
    ("22.000", "hai mươi hai nghìn"),
    ("1.000.005", "một triệu không trăm linh năm"),
    ("2.000.000.000", "hai tỷ"),
    ("1,4", "một phẩy bốn"),
    ("115", "một một năm"),
    ("1022", "một không hai hai"),
    ("123456", "một hai ba bốn năm sáu"),
    ("0900123456", "không chín không không một hai ba bốn năm sáu"),
]
TEXTS = [
    ("Gọi **113** ngay.", "Gọi một một ba ngay."),
    ("Từ 1/7/2026 trở đi.", "Từ một tháng bảy năm hai nghìn không trăm hai mươi sáu trở đi."),
    ("Ngày 10/10 hằng năm.", "Ngày mười tháng mười hằng năm."),
    ("Đạt 80 % rồi, còn 20%.", "Đạt tám mươi phần trăm rồi, còn hai mươi phần trăm."),
    ("Gõ dichvucong.gov.vn.", "Gõ dichvucong chấm gov chấm vn."),
    ("Mã OTP và QR.", "Mã ô tê pê và quy rờ."),
    ("Ai hỏi thì thôi.", "Ai hỏi thì thôi."),
]


@pytest.mark.parametrize(("written", "read"), NUMBERS)
def test_numbers_are_read_as_people_say_them(written: str, read: str) -> None:
    assert number(written) == read


@pytest.mark.parametrize(("written", "read"), TEXTS)
def test_a_text_is_put_into_words(written: str, read: str) -> None:
    assert spoken(written) == read


def test_no_digit_of_a_real_step_is_left_to_the_voice() -> None:
    for lesson in read_library():
        for step in lesson.steps:
            said = spoken(step.text)
            assert not any(sign.isdigit() or sign in "%*" for sign in said), said


def test_without_recordings_and_leave_nothing_is_offered(library: Library, tmp_path: Path) -> None:
    sounds = Sounds(settings_of(sounds_dir=tmp_path), library)
    assert not sounds.heard("first_steps/3/1")


def test_a_recording_is_offered_for_its_step_and_version_only(library: Library, tmp_path: Path) -> None:
    for name in ("first_steps-3-1.ogg", "first_steps-2-2.ogg", "nowhere-1-1.ogg", "first_steps-3-9.ogg"):
        (tmp_path / name).write_bytes(b"sound")
    sounds = Sounds(settings_of(sounds_dir=tmp_path), library)
    cards = ("first_steps/3/1", "first_steps/2/2", "first_steps/3/2", "nowhere/1/1", "first_steps/3/9", "gcn/x", "")
    assert [sounds.heard(card) for card in cards] == [True, False, False, False, False, False, False]


async def test_a_step_is_heard_in_the_web_chat_and_its_text_stays(core: Core, tmp_path: Path) -> None:
    (tmp_path / "first_steps-3-1.ogg").write_bytes(b"sound")
    async with visiting(core, sounds_dir=tmp_path) as visit:
        await visit.open()
        await visit.type("/lesson first_steps 1")
        assert '<audio controls preload="none" src="/nghe/first_steps/3/1"' in visit.html
        assert "Bà con bấm nút thứ nhất." in visit.html
        answer = await visit.client.get("/nghe/first_steps/3/1")
        assert (answer.content, answer.headers["content-type"]) == (b"sound", "audio/ogg")
        assert "media-src 'self'" in answer.headers["content-security-policy"]
        await visit.type("/lesson first_steps 2")
        assert "/nghe/first_steps/3/2" not in visit.html


@pytest.fixture
def client(core: Core, tmp_path: Path) -> AsyncClient:
    return client_of(core, sounds_dir=tmp_path, read_aloud=True)


@SPEAKS
async def test_the_machine_reads_what_was_not_recorded(client: AsyncClient, tmp_path: Path) -> None:
    first = await client.get("/nghe/first_steps/3/1")
    assert first.headers["content-type"].startswith("audio/")
    assert len(first.content) > 1000
    assert len(list((tmp_path / "may-doc").iterdir())) == 1
    assert (await client.get("/nghe/first_steps/3/1")).content == first.content


@SPEAKS
async def test_what_is_no_step_cannot_be_heard(client: AsyncClient) -> None:
    for address in ("/nghe/first_steps/2/1", "/nghe/first_steps/3/9", "/nghe/nowhere/1/1"):
        assert (await client.get(address)).status_code == 404


@SPEAKS
async def test_the_same_text_is_read_once(tmp_path: Path) -> None:
    first = await asyncio.to_thread(read_aloud, "Chào bà con.", tmp_path)
    stamp = first.stat().st_mtime_ns
    assert await asyncio.to_thread(read_aloud, "Chào bà con.", tmp_path) == first
    assert first.stat().st_mtime_ns == stamp
    assert [file for file in tmp_path.iterdir() if file != first] == []
