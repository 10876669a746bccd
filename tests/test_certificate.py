"""The certificate: given for what was passed, checked by its code, named only on paper, gone with its owner."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from handlers.certificate import CODE_LETTERS
from handlers.core import Core
from handlers.messages import Reply
from lessons.library import read_library
from office import typesetting
from office.certificates import NAME_CHARACTERS, TEMPLATE, paper, written_name
from storage.certificates import Certificate
from storage.database import Database
from tests.dialogue import NOON, Resident, commands_of, stored
from tests.test_posters import opened
from tests.visits import client_of, visiting

PASS = ("/lesson first_steps 3", "/quiz first_steps", "1", "3")
NAME = "Nguyễn Thị Tư"


async def graduate(core: Core, address: str = "ba-tu") -> Resident:
    """Return a resident who has passed the only basic lesson."""
    resident = Resident(core, address)
    await resident.join()
    await resident.says(*PASS)
    return resident


def code_and_key(reply: Reply) -> tuple[str, str]:
    kind, code, key = reply.card.split("/")
    assert kind == "gcn"
    return code, key


async def test_who_has_every_basic_skill_is_offered_it_at_once_and_among_the_results(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    assert "/certificate" not in commands_of(await resident.say("/results"))
    assert "/certificate" in commands_of(await resident.says(*PASS))
    assert "/certificate" in commands_of(await resident.say("/results"))


async def test_it_is_a_picture_with_a_code_and_says_what_it_is_not(core: Core) -> None:
    resident = await graduate(core)
    given = await resident.say("giay ghi nhan")
    code, key = code_and_key(given)
    assert len(code) == CODE_LETTERS
    assert len(key) >= 16
    assert f"**{code}**" in given.text
    assert "đủ kỹ năng cơ bản" in given.text
    assert "**không thay** cho xác nhận chính thức trên VNeID" in given.text


async def test_it_stays_the_same_until_something_was_added(core: Core) -> None:
    resident = await graduate(core)
    first = await resident.say("/certificate")
    assert (await resident.say("/certificate")).card == first.card
    await resident.says("/quiz second_steps", "2", "1", "2")
    again = await resident.say("/certificate")
    assert "2 bài đã đạt" in again.text
    assert again.card != first.card


async def test_who_passed_nothing_or_is_not_recorded_is_told_the_way(core: Core, database: Database) -> None:
    resident = Resident(core)
    assert commands_of(await resident.says("/start", "/certificate"))[0] == "/consent"
    await resident.join()
    assert commands_of(await resident.say("/certificate"))[0] == "/lessons"
    assert (await stored(database))["certificates"] == []


async def test_it_is_shown_among_the_residents_data_and_erased_with_it(core: Core, database: Database) -> None:
    resident = await graduate(core)
    code, _ = code_and_key(await resident.say("/certificate"))
    assert code in (await resident.say("/mydata")).text
    client = client_of(core)
    assert (await client.get(f"/gcn/{code}")).status_code == 200
    await resident.say("/erase yes")
    assert (await stored(database))["certificates"] == []
    gone = await client.get(f"/gcn/{code}")
    assert gone.status_code == 404
    assert "Không có giấy nào mang mã này" in gone.text


async def test_it_stays_with_a_resident_who_joins_two_conversations(core: Core) -> None:
    web, zalo = await graduate(core, "web"), await graduate(core, "zalo")
    code, _ = code_and_key(await zalo.say("/certificate"))
    offered = await web.say("/link")
    await zalo.say("nối " + "".join(sign for sign in offered.text if sign.isdigit())[:6])
    assert code in (await web.say("/mydata")).text


async def test_anybody_can_check_a_code_and_learns_of_no_person(core: Core) -> None:
    resident = await graduate(core)
    code, key = code_and_key(await resident.say("/certificate"))
    for typed in (code, code.lower()):
        page = await client_of(core).get(f"/gcn/{typed}")
        assert page.status_code == 200
        for said in ("Mã này có thật", code, "Phường Thử", "21/11/2026", "Bước đầu", "không phải xác nhận chính thức"):
            assert said in page.text
        assert key not in page.text
        assert "ba-tu" not in page.text
        assert "noindex" in page.headers["x-robots-tag"]


async def test_only_the_owner_gets_the_paper(core: Core, tmp_path: Path) -> None:
    resident = await graduate(core)
    code, key = code_and_key(await resident.say("/certificate"))
    client = client_of(core, cards_dir=tmp_path)
    for path in (f"/gcn/{code}/wrong", f"/gcn/{code}/{key}é", f"/gcn/ABCDEFGHJK/{key}"):
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path, data={"name": NAME})).status_code == 404
    assert (await client.get(f"/cards/gcn/{code}/wrong.png")).status_code == 404
    page = await client.get(f"/gcn/{code}/{key}")
    assert 'name="name"' in page.text
    picture = await client.get(f"/cards/gcn/{code}/{key}.png")
    with Image.open(io.BytesIO(picture.content)) as shown:
        assert shown.size == (1083, 1532)
    assert len(picture.content) <= 150_000


async def test_a_name_is_printed_and_neither_kept_nor_logged(core: Core, database: Database, tmp_path: Path) -> None:
    resident = await graduate(core)
    code, key = code_and_key(await resident.say("/certificate"))
    kept = tmp_path / "kept"
    client = client_of(core, cards_dir=kept)
    with capture_logs() as logged:
        nameless = await client.post(f"/gcn/{code}/{key}", data={"name": " ", "form": "png"})
        named = await client.post(f"/gcn/{code}/{key}", data={"name": f"  {NAME} ", "form": "png"})
        sheet = await client.post(f"/gcn/{code}/{key}", data={"name": NAME, "form": "pdf"})
    assert nameless.content != named.content
    assert (named.headers["content-type"], named.headers["cache-control"]) == ("image/png", "no-store")
    assert sheet.content.startswith(b"%PDF")
    assert "Nguyễn" not in str(logged)
    assert "Nguyễn" not in str(await stored(database))
    assert list(kept.glob("*")) == []


@pytest.mark.parametrize("typed", ["079123456789", "a" * (NAME_CHARACTERS + 1), "<b>", "Нина", "名前", "Tư 1"])
async def test_what_is_no_name_is_not_printed(core: Core, typed: str) -> None:
    assert written_name(typed) is None
    resident = await graduate(core)
    code, key = code_and_key(await resident.say("/certificate"))
    answer = await client_of(core).post(f"/gcn/{code}/{key}", data={"name": typed})
    assert answer.status_code == 422
    assert "Tên chỉ gồm chữ cái" in answer.text


def test_names_are_taken_as_they_are_written_here() -> None:
    assert written_name("  Nguyê\u0303n  Thi\u0323 Tư ") == "Nguyễn Thị Tư"
    assert written_name("H'Hen Niê") == "H'Hen Niê"


async def test_the_web_chat_shows_it_with_the_way_to_the_paper(core: Core) -> None:
    async with visiting(core) as visit:
        await visit.open()
        for said in ("1", "1", "1", "2", *PASS):
            await visit.type(said)
        await visit.type("/certificate")
        page = (await visit.open("/")).text
    assert '<a href="/gcn/' in page
    assert '<img src="/cards/gcn/' in page


@pytest.mark.parametrize(("topics", "site"), [(1, ""), (6, "https://ward.test"), (99, "https://" + "a" * 60 + ".vn")])
@pytest.mark.parametrize("name", ["", NAME, "Ư" * NAME_CHARACTERS])
def test_every_certificate_fits_on_one_sheet(tmp_path: Path, topics: int, site: str, name: str) -> None:
    library = read_library()
    held = tuple(lesson.topic for lesson in library)[:topics]
    shown = paper(Certificate("K7M2P9QXRT", "key", held, basic=True, issued_at=NOON), library, "Phường Mẫu", site)
    sheet = typesetting.pdf(TEMPLATE, shown.given(name))
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type/Page\n") <= 1
    assert "K7M2P9QXRT" not in shown.given(name)["titles"]
    longest = replace(shown, ward="Phường Đông Hưng Thuận " * 3 + "Mười Một")
    typesetting.check(TEMPLATE, longest.given(name))


def test_the_sheet_says_name_code_and_address(tmp_path: Path) -> None:
    library = read_library()
    certificate = Certificate("K7M2P9QXRT", "key", ("qr_pay",), basic=False, issued_at=NOON)
    file = tmp_path / "a.pdf"
    file.write_bytes(typesetting.pdf(TEMPLATE, paper(certificate, library, "Phường Mẫu", "").given(NAME)))
    try:
        text = " ".join(opened(file).split())
    except FileNotFoundError:
        pytest.skip("pdftotext is not installed (poppler-utils)")
    assert "Pages:           1\n" in opened(file, "pdfinfo")
    for said in (
        NAME,
        "Quét mã trả tiền",
        "K7M2P9QXRT",
        "Ngày 21/11/2026",
        "không phải xác nhận chính thức trên VNeID",
    ):
        assert said in text
