"""Posters: every code on them leads where it should, on one sheet of A4, however long the names are."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from office.posters import Doors, poster
from office.typesetting import Unprintable
from storage.neighbourhoods import Neighbourhood
from tests.test_cli import run

KP5 = Neighbourhood(1, "kp5", "Khu phố 5")
ALL = Doors("https://ward.test", "4318657068771012646", "1459232241454765289", "ward_bot")
SHEET = "Mã,Tên,Số người trưởng thành\nkp5,Khu phố 5,100\nap-3,Ấp 3,\n"


@pytest.fixture
def poppler() -> None:
    """Skip where PDFs cannot be opened."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed (poppler-utils)")


def opened(file: Path, tool: str = "pdftotext", *arguments: str) -> str:
    """Return what a tool of poppler reads from a PDF."""
    command = [tool, *arguments, str(file), *(["-"] if tool == "pdftotext" else [])]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_each_way_in_has_its_link() -> None:
    assert [way.link for way in ALL.ways("kp5")] == [
        "https://ward.test/kp/kp5",
        "https://zalo.me/4318657068771012646",
        "https://zalo.me/1459232241454765289",
        "https://t.me/ward_bot?start=kp5",
    ]
    assert [way.channel for way in Doors(telegram="ward_bot").ways("kp5")] == ["telegram"]
    assert Doors().ways("kp5") == []


@pytest.mark.usefixtures("poppler")
@pytest.mark.parametrize("doors", [ALL, Doors(site="https://ward.test"), Doors(zalo_oa="43186570687")], ids=repr)
@pytest.mark.parametrize("name", ["Ấp 3", "Tổ dân phố Nguyễn Thị Minh Khai số 12"])
def test_a_poster_is_one_sheet_that_says_all(tmp_path: Path, doors: Doors, name: str) -> None:
    (tmp_path / "a.pdf").write_bytes(
        poster(Neighbourhood(1, "a", name), "Phường Mẫu", doors, "Nhà văn hóa, chiều thứ bảy")
    )
    told = opened(tmp_path / "a.pdf", "pdfinfo")
    assert "Pages:           1\n" in told
    assert "595.276 x 841.89 pts (A4)" in told
    text = " ".join(opened(tmp_path / "a.pdf").split())
    for said in (name, "Phường Mẫu", "Không hỏi mật khẩu, không hỏi mã OTP (mã xác nhận gửi qua tin nhắn)", "thứ bảy"):
        assert said in text
    assert ("ward.test/kp/a" in text) == bool(doors.site)
    assert (f"bà con chọn {name}" in text) == bool(doors.zalo_oa)


@pytest.mark.usefixtures("poppler")
def test_a_poster_is_set_in_our_font_alone(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(poster(KP5, "Phường Mẫu", ALL))
    fonts = opened(tmp_path / "a.pdf", "pdffonts").splitlines()[2:]
    assert fonts
    assert all("BeVietnamPro" in font for font in fonts)


def test_the_longest_names_fit_and_what_does_not_is_refused() -> None:
    place = Neighbourhood(1, "a" * 20, "Khu phố " * 7)
    assert poster(place, "Phường " * 11, ALL, "Nhà văn hóa khu phố. " * 14).startswith(b"%PDF")
    with pytest.raises(Unprintable, match="overflow"):
        poster(place, "Phường " * 60, ALL)


def test_the_command_makes_a_file_for_each_neighbourhood(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(SHEET, encoding="utf-8")
    settings: dict[str, Any] = {"database_url": database_url, "public_url": "https://ward.test"}
    assert run(tmp_path, "posters", **settings)[0] == 2
    assert run(tmp_path, "import-neighbourhoods", "places.csv", **settings)[0] == 0
    assert run(tmp_path, "posters", database_url=database_url)[0] == 1
    code, said, _ = run(tmp_path, "posters", "--out", "tờ", **settings)
    assert (code, sorted(file.name for file in (tmp_path / "tờ").iterdir())) == (0, ["ap-3.pdf", "kp5.pdf"])
    assert "2 áp phích" in said
    assert run(tmp_path, "posters", "--neighbourhood", "kp5", **settings)[0] == 0
    assert [file.name for file in (tmp_path / "posters").iterdir()] == ["kp5.pdf"]
    assert run(tmp_path, "posters", "--neighbourhood", "kp55", **settings)[0] == 2
