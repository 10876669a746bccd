"""Prints and texts for the office: posters, loudspeaker texts, messages for groups, cards."""

import io
import shutil
from pathlib import Path
from zipfile import ZipFile

from handlers.core import Core
from office.cards import Cards
from office.posters import Doors
from office.printing_desk import Printing
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from tests.clerks import Clerk, Office
from tests.test_posters import opened

PAGE = "/van-phong/in-an"
SITE = Doors(site="https://ward.test")


async def clerk_of(core: Core, folder: Path, doors: Doors = SITE, role: str = "lead") -> Clerk:
    cards = Cards(core.house.library, (), folder, "Phường Thử")
    return await Office(core, printing=Printing(doors, "Nhà văn hóa", cards)).logged_in(role)


async def test_each_neighbourhood_has_a_poster_of_its_own_and_all_come_in_one_file(core: Core, tmp_path: Path) -> None:
    clerk = await clerk_of(core, tmp_path)
    one = await clerk.client.get(f"{PAGE}/ap-phich/kp5")
    assert one.headers["content-disposition"] == 'attachment; filename="ap-phich-kp5.pdf"'
    every = ZipFile(io.BytesIO((await clerk.client.get(f"{PAGE}/ap-phich.zip")).content))
    assert every.namelist() == [f"ap-phich-kp{number}.pdf" for number in range(1, 10)]
    if shutil.which("pdftotext"):
        (tmp_path / "a.pdf").write_bytes(one.content)
        assert "ward.test/kp/kp5" in opened(tmp_path / "a.pdf")


async def test_the_texts_of_a_lesson_are_there_to_be_copied(core: Core, tmp_path: Path) -> None:
    clerk = await clerk_of(core, tmp_path, role="view")
    lesson = core.house.library.get("second_steps")
    assert lesson is not None
    page = (await clerk.client.get(f"{PAGE}?bai=second_steps&noi=kp5")).text
    assert f">{lesson.loudspeaker}</textarea>" in page
    assert f">{lesson.group_message}\nhttps://ward.test/kp/kp5</textarea>" in page
    assert "https://ward.test</textarea>" in (await clerk.client.get(f"{PAGE}?bai=second_steps")).text
    assert "Tải áp phích" not in page  # who only sees takes nothing away


async def test_the_cards_of_a_lesson_come_in_one_file(core: Core, tmp_path: Path) -> None:
    clerk = await clerk_of(core, tmp_path)
    found = ZipFile(io.BytesIO((await clerk.client.get(f"{PAGE}/the/first_steps")).content))
    lesson = core.house.library.get("first_steps")
    assert lesson is not None
    assert found.namelist() == [f"first_steps-{at}.png" for at in range(1, len(lesson.steps) + 1)]
    assert found.read("first_steps-1.png").startswith(b"\x89PNG")


async def test_what_is_not_there_is_said(core: Core, tmp_path: Path) -> None:
    clerk = await clerk_of(core, tmp_path)
    for path in ("ap-phich/nothing", "ap-phich/..%2F..%2Fetc", "the/nothing", "the/..%2Fx", "the/%00"):
        answer = await clerk.client.get(f"{PAGE}/{path}")
        assert answer.status_code == 404, path
    assert (await clerk.client.get(f"{PAGE}?bai=%00&noi='")).status_code == 200


async def test_a_poster_that_does_not_fit_its_sheet_is_told(core: Core) -> None:
    clerk = await Office(core, printing=Printing(SITE, "chữ " * 2000)).logged_in()
    answer = await clerk.client.get(f"{PAGE}/ap-phich/kp5")
    assert (answer.status_code, "Chưa làm được tệp này" in answer.text) == (503, True)


async def test_without_a_way_in_there_are_no_posters(core: Core, tmp_path: Path) -> None:
    clerk = await clerk_of(core, tmp_path, Doors())
    page = (await clerk.client.get(PAGE)).text
    assert "chưa làm được áp phích" in page
    for path in ("ap-phich/kp5", "ap-phich.zip"):
        assert (await clerk.client.get(f"{PAGE}/{path}")).status_code == 404


async def test_names_are_shown_as_text(core: Core, tmp_path: Path, database: Database, ward: Ward) -> None:
    await database.write(save, ward.id, [NeighbourhoodRow("kp1", "<script>x</script>", 10, "", None)])
    clerk = await clerk_of(core, tmp_path)
    page = (await clerk.client.get(f"{PAGE}?noi=kp1")).text
    assert "<script>x" not in page
    assert (await clerk.client.get(f"{PAGE}/ap-phich/kp1")).content.startswith(b"%PDF")
