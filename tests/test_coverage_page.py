"""The coverage page: the figures of the ledger for everybody to see, and none from which a person could be guessed."""

import datetime as dt
import re

import pytest
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from handlers.core import Core
from office.coverage_page import public
from storage.coverage import SMALL, CoverageRow
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from tests.dialogue import Resident
from tests.visits import client_of

TARGET = 80


def row(code: str, covered: int, adults: int | None = 100) -> CoverageRow:
    missing = None if adults is None else max(-(-adults * TARGET // 100) - covered, 0)
    return CoverageRow(code, f"Khu {code}", covered, covered, covered, adults, "", None, missing)


def hidden(*covered: int) -> list[int]:
    """Return which numbers of the neighbourhoods are hidden."""
    lines = public([row(f"kp{place}", count) for place, count in enumerate(covered)])
    return sorted(line.row.covered for line in lines if line.hidden)


HIDDEN = [
    ((0, 0, 0), []),
    ((5, 50, 500), []),
    ((0, 10, SMALL), []),
    ((4, 10, 20), [4, 10]),  # from one alone and the total, the other could be worked out
    ((1, 4, 20), [1, 4]),
    ((1, 1, 20, 30), [1, 1, 20]),  # two people in two neighbourhoods are one in each
    ((1, 0, 0), [1]),  # there is nobody to hide it behind: the total is hidden, too
    ((1, 2, 3, 4), [1, 2, 3, 4]),
]


@pytest.mark.parametrize(("covered", "wanted"), HIDDEN)
def test_numbers_from_which_a_person_could_be_guessed_are_hidden(covered: tuple[int, ...], wanted: list[int]) -> None:
    assert hidden(*covered) == wanted


@given(st.lists(st.integers(0, 12), max_size=8))
def test_no_small_number_is_shown(covered: list[int]) -> None:
    shown = [line.row.covered for line in public([row(f"kp{at}", count) for at, count in enumerate(covered)])
             if not line.hidden]  # fmt: skip
    assert not [count for count in shown if 0 < count < SMALL]


def test_the_least_covered_come_first_and_those_in_no_neighbourhood_last() -> None:
    rows = [row("", 9, None), row("a", 50), row("b", 10), row("c", 30, None), row("d", 30)]
    assert [line.row.code for line in public(rows)] == ["b", "d", "a", "c", ""]


async def learn(core: Core, code: str, residents: int) -> None:
    """Have so many residents of a neighbourhood pass the first lesson."""
    lesson = core.house.library.get("first_steps")
    assert lesson is not None
    answers = [f"/answer first_steps {place} {asked.answer}" for place, asked in enumerate(lesson.quiz, 1)]
    for number in range(residents):
        await Resident(core, f"{code}-{number}").says("/count adult", f"/place {code}", *answers)


@pytest.fixture
async def learnt(core: Core) -> None:
    """Have six residents of kp5 and two of kp3 pass the first lesson."""
    await learn(core, "kp5", 6)
    await learn(core, "kp3", 2)


@pytest.fixture
def client(core: Core) -> AsyncClient:
    """Give a client of a ward that has opened its results."""
    return client_of(core, public_coverage=True, target_percent=TARGET)


def text_of(html: str) -> str:
    """Return what is read on the page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main>")[2].replace("&nbsp;", " ")).split())


@pytest.mark.usefixtures("learnt")
async def test_the_page_shows_the_figures_of_the_ledger(client: AsyncClient) -> None:
    told = text_of((await client.get("/ket-qua", params={"bai": "first_steps"})).text)
    assert "Đã đạt bài này: 8/90 người trưởng thành, 8,8 %" in told
    assert "còn thiếu 64 người để đạt 80 %" in told
    assert "Khu phố 3 ít người, không hiện số" in told
    assert "Khu phố 1 0,0 % 0/10 người thiếu 8" in told


@pytest.mark.usefixtures("learnt")
async def test_the_numbers_that_are_hidden_stand_nowhere_in_the_page(client: AsyncClient) -> None:
    html = (await client.get("/ket-qua?bai=first_steps")).text
    lines = dict(re.findall(r'scope="row">([^<]+)</th>(.*?)</tr>', html, re.DOTALL))
    assert "không hiện số" in lines["Khu phố 3"]
    assert "không hiện số" in lines["Khu phố 5"]
    assert not re.search(r"\d", text_of("<main>" + lines["Khu phố 3"] + lines["Khu phố 5"]))


async def test_a_total_that_is_small_is_not_shown(client: AsyncClient, core: Core) -> None:
    await learn(core, "kp5", 1)
    told = text_of((await client.get("/ket-qua?bai=first_steps")).text)
    assert "Đã đạt bài này: dưới 5 người , còn quá ít để hiện con số." in told
    assert "còn thiếu" not in told.partition("Xem theo bài")[0]


@pytest.mark.usefixtures("learnt")
async def test_without_a_lesson_it_is_all_core_skills_together(client: AsyncClient) -> None:
    for query in ("", "?bai=", "?bai=nothing", "?bai=%00", "?bai=%ff&bai=x", "?other=1", "?bai=" + "a" * 5000):
        told = text_of((await client.get(f"/ket-qua{query}")).text)
        assert "Đã đạt đủ các bài cơ bản" in told
        assert "0/90 người" in told or "8/90 người" in told


async def test_unknown_adults_are_said_and_not_divided_by(client: AsyncClient, database: Database, ward: Ward) -> None:
    await database.write(save, ward.id, [NeighbourhoodRow("kp1", "Khu <phố> 1", None, "", None)])
    html = (await client.get("/ket-qua")).text
    assert "Chưa có đủ số người trưởng thành để tính tỉ lệ" in text_of(html)
    assert "Khu &lt;phố&gt; 1" in html


async def test_a_ward_without_neighbourhoods_is_told_how_to_bring_them_in(core: Core, database: Database) -> None:
    from storage.tables import adult_counts, neighbourhoods

    await database.write(lambda connection: connection.execute(adult_counts.delete()).rowcount)
    await database.write(lambda connection: connection.execute(neighbourhoods.delete()).rowcount)
    told = text_of((await client_of(core, public_coverage=True).get("/ket-qua")).text)
    assert "hocvuso import-neighbourhoods" in told


async def test_sample_data_is_marked_on_every_page(core: Core) -> None:
    client = client_of(core, public_coverage=True, sample=True)
    for path in ("/", "/kp/kp5", "/ket-qua"):
        assert "Dữ liệu minh họa" in (await client.get(path)).text


async def test_the_time_of_the_figures_is_viet_nams(client: AsyncClient) -> None:
    told = text_of((await client.get("/ket-qua")).text)
    now = dt.datetime.now(dt.timezone(dt.timedelta(hours=7)))
    assert f"ngày {now.day}/{now.month}/{now.year}" in told


async def test_the_page_is_closed_unless_the_ward_opens_it(core: Core) -> None:
    client = client_of(core)
    assert (await client.get("/ket-qua")).status_code == 404
    assert "/ket-qua" not in (await client.get("/")).text
    assert "/ket-qua" in (await client_of(core, public_coverage=True).get("/")).text
