"""Reports and coverage: whatever way the figures leave by, they are those of the page."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import pytest
from docx import Document
from httpx2 import ASGITransport, AsyncClient
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, select
from starlette.applications import Starlette

from bot.period_report import make_report
from bot.reports import show_coverage
from bot.settings import Settings
from handlers.core import Core
from office.api import Api
from office.credentials import hashed
from office.desk import NO_BREAK
from office.posters import Doors
from office.printing_desk import Printing
from office.report import COLUMNS
from storage import api_tokens
from storage.database import Database
from storage.live import counted_adults
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from storage.suspicions import judge
from storage.tables import BASIC, attainments, completions, residents
from tests.clerks import Clerk, Office
from tests.dialogue import NOON
from tests.test_figures import filled
from tests.test_reports import CONTENT

PAGE = "/van-phong/bao-cao"
CODE = "2026-12"
"""The period under way at NOON."""
PLACE = COLUMNS.index("covered") - 1
"""Of the people covered in a row that begins with the name."""
DOCX_PLACE = 4


@asynccontextmanager
async def asking(office: Office, scopes: str) -> AsyncIterator[AsyncClient]:
    """Give a system of the city that may ask the API for this."""
    house = office.site.desk.house
    await house.database.write(api_tokens.add, house.ward.id, "xa", hashed("secret"), scopes, NOON)
    served = ASGITransport(app=Starlette(routes=Api(office.site.desk, 14).routes()))
    headers = {"authorization": "Bearer secret"}
    async with AsyncClient(transport=served, base_url="http://ward.test", headers=headers) as api:
        yield api


def settings_of(database_url: str, ward: Ward) -> Settings:
    """Return the settings of the command line on the same ward."""
    return Settings(
        _env_file=None, database_url=database_url, ward_code=ward.code, ward_name=ward.name, content_dir=CONTENT
    )


def cells_of_page(html: str) -> list[list[str]]:
    table = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)]
        for row in table.split("</tr>")[:-1]
    ]


def number(text: str) -> float | None:
    """Return what a cell read in Viet Nam says."""
    if text in ("–", ""):
        return None
    plain = text.replace("\u00a0", " ").replace(".", "").replace(",", ".")
    return round(float(plain.removesuffix(" %")) / 100, 4) if plain.endswith("%") else float(plain)


def exact(cell: object) -> float | None:
    """Return what a cell of a workbook holds."""
    return None if cell == "" else round(float(str(cell)), 4)


def rows_of_pdf(content: bytes, names: list[str]) -> list[list[float | None]]:
    """Return the figures behind these names, as poppler reads them in the first table that has them."""
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()
    lines = text.replace(NO_BREAK + "%", "%").replace(" %", "%").splitlines()
    found = []
    for name in names:
        line = next(line for line in lines if line.strip().startswith(f"{name} "))
        found.append([number(cell.replace("%", " %")) for cell in line.partition(name)[2].split()])
    return found


async def test_page_word_excel_pdf_and_csv_say_the_same(core: Core, database: Database, ward: Ward) -> None:
    await filled(database, ward)
    await database.write(save, ward.id, [NeighbourhoodRow("kp1", "=Khu & <phố> 1", 1250, "", None)])
    clerk = await Office(core).logged_in("lead")
    page = await clerk.client.get(PAGE, params={"ky": "2026-11"})
    shown = [[row[0], *map(number, row[1:])] for row in cells_of_page(page.text)]
    assert len(shown) == 11
    files = {}
    for kind in ("docx", "xlsx", "pdf", "csv"):
        taken = await clerk.client.get(f"{PAGE}/tai/{kind}", params={"ky": "2026-11"})
        assert taken.status_code == 200
        assert re.search(
            rf'"bao-cao_phuong-thu_2026-11_luc_20261121-\d{{4}}\.{kind}"', taken.headers["content-disposition"]
        )
        files[kind] = taken.content

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(files["xlsx"])).get_sheet_by_index(0).to_python()
    assert [[row[1], *(exact(cell) for cell in row[2:])] for row in sheet[5:]] == shown

    table = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig")), delimiter=";"))
    for row in table:
        row["Tỉ lệ đạt"] += " %" if row["Tỉ lệ đạt"] else ""
    cells = [list(row.values())[1:12] for row in table]
    assert [[row[0].removeprefix("'"), *map(number, row[1:])] for row in cells] == shown

    if shutil.which("pdftotext"):
        assert rows_of_pdf(files["pdf"], [str(line[0]) for line in shown]) == [line[1:] for line in shown]

    document = Document(io.BytesIO(files["docx"]))
    columns = ("name", "adults", "joined", "new", "covered", "share", "missing", "confirmed", "official")
    places = [COLUMNS.index(column) - 1 for column in columns]
    rows = document.tables[1].rows[1:]
    told = [[cell.text for cell in row.cells] for row in rows]
    bold = [{run.bold for cell in row.cells for run in cell.paragraphs[0].runs} for row in rows]
    assert bold == [{False}] * 10 + [{True}]  # the total stands out
    assert [[row[0], *map(number, row[1:])] for row in told] == [[line[at] for at in places] for line in shown]
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    sentences = [
        unescape(said)
        for said in re.findall(r"<li>([^<]+)</li>", page.text.partition("Nhận xét")[2].partition("</ul>")[0])
    ]
    assert len(sentences) > 3
    assert [said for said in sentences if said not in text] == []
    assert "{" not in text
    assert document.tables[0].cell(1, 1).text == "Thử, ngày 21 tháng 11 năm 2026"


@pytest.mark.parametrize("name", ["Khu\x01 phố\x7f Năm", "Khu phố Năm 🌸"])
async def test_signs_that_no_document_holds_keep_no_document_back(
    core: Core, database: Database, ward: Ward, name: str
) -> None:
    await database.write(save, ward.id, [NeighbourhoodRow("kp5", name, 10, "BC\x02 9", None)])
    clerk = await Office(core, printing=Printing(Doors("http://ward.test"))).logged_in("lead")
    files = {}
    for kind in ("docx", "xlsx", "pdf", "csv"):
        taken = await clerk.client.get(f"{PAGE}/tai/{kind}", params={"ky": "2026-11"})
        assert (taken.status_code, taken.content[:4] != b"<!do") == (200, True)
        files[kind] = taken.content
    poster = await clerk.client.get("/van-phong/in-an/ap-phich/kp5")
    assert (poster.status_code, poster.content[:4]) == (200, b"%PDF")
    clean = "".join(sign for sign in name if sign >= " " and sign != "\x7f")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(files["xlsx"])).get_sheet_by_index(0).to_python()
    assert clean in [row[1] for row in sheet[5:]]
    assert clean in [cell.text for row in Document(io.BytesIO(files["docx"])).tables[1].rows for cell in row.cells]
    assert f";{clean};" in files["csv"].decode()


def figures(sheet: str) -> list[list[str]]:
    """Return a CSV without the stamp in its last two columns."""
    return [row[:-2] for row in csv.reader(io.StringIO(sheet.removeprefix("\ufeff")), delimiter=";")]


async def everywhere(clerk: Clerk, api: AsyncClient, settings: Settings) -> set[int]:
    """Return how many are covered, as each way out says: one number."""
    page = (await clerk.client.get(PAGE, params={"ky": CODE})).text
    told = {"page": int(number(cells_of_page(page)[-1][PLACE]) or 0)}
    files = {
        kind: (await clerk.client.get(f"{PAGE}/tai/{kind}", params={"ky": CODE})).content
        for kind in ("docx", "xlsx", "pdf", "csv")
    }
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(files["xlsx"])).get_sheet_by_index(0).to_python()
    told["xlsx"] = int(exact(sheet[-1][PLACE + 1]) or 0)
    told["csv"] = int(list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig")), delimiter=";"))[-1][PLACE + 1])
    document = Document(io.BytesIO(files["docx"]))
    told["docx"] = int(document.tables[1].rows[-1].cells[DOCX_PLACE].text)
    if shutil.which("pdftotext"):
        told["pdf"] = int(rows_of_pdf(files["pdf"], ["Tổng"])[0][PLACE - 1] or 0)
    told["desk"] = covered_on((await clerk.client.get("/van-phong")).text)
    told["api"] = (await api.get("/api/v1/coverage")).json()["total"]["covered"]
    told["api completions"] = (await api.get("/api/v1/completions", params={"period": CODE})).json()["total"]["covered"]
    told["coverage"] = json.loads((await show_coverage(settings, "", "json", lambda: NOON))[0])["total"]["covered"]
    printed, _ = await make_report(settings, CODE, None, lambda: NOON)
    told["report"] = int(list(csv.reader(io.StringIO(printed.removeprefix("\ufeff")), delimiter=";"))[-1][PLACE + 1])
    assert len(set(told.values())) == 1, told
    return set(told.values())


def covered_on(page: str) -> int:
    shown = re.search(r"<strong>(\d+)/\d+ người trưởng thành", page)
    assert shown is not None
    return int(shown[1])


async def test_a_rejected_completion_is_gone_from_every_way_out_and_back_in_all_of_them(
    core: Core, database: Database, ward: Ward, database_url: str
) -> None:
    await filled(database, ward)
    office = Office(core)
    clerk = await office.logged_in("office")
    settings = settings_of(database_url, ward)
    async with asking(office, "completions coverage") as api:
        [before] = await everywhere(clerk, api, settings)
        proved = await database.read(proofs, ward.id)
        for completion in proved:
            await database.write(judge, ward.id, completion, "rejected")
        assert await everywhere(clerk, api, settings) == {before - 1}
        for completion in proved:
            await database.write(judge, ward.id, completion, None)
        assert await everywhere(clerk, api, settings) == {before}


def proofs(connection: Connection, ward_id: int) -> list[int]:
    """Return what proves the first lesson of somebody who is covered."""
    basic = (attainments.c.skill == BASIC, attainments.c.covered_at.is_not(None), counted_adults(ward_id))
    who = connection.scalars(select(residents.c.id).join(attainments).where(*basic).order_by(residents.c.id)).first()
    own = (completions.c.resident_id == who, completions.c.topic == "first_steps")
    return list(connection.scalars(select(completions.c.id).where(*own, completions.c.grade != "learned")))


async def test_the_api_and_the_command_say_what_the_file_says(
    core: Core, database: Database, ward: Ward, database_url: str
) -> None:
    await filled(database, ward)
    office = Office(core)
    clerk = await office.logged_in("lead")
    taken = figures((await clerk.client.get(f"{PAGE}/tai/csv", params={"ky": "2026-11"})).text)
    assert len(taken) == 12

    async with asking(office, "completions") as api:
        read = (await api.get("/api/v1/completions?period=2026-11")).json()
        twin = (await api.get("/api/v1/completions.csv?period=2026-11")).text
    assert figures(twin) == taken
    lines = [*read["neighbourhoods"], read["unknown"], read["total"]]
    written = [["" if line[column] is None else str(line[column]) for column in COLUMNS] for line in lines]
    share = COLUMNS.index("share")
    for line, row in zip(lines, written, strict=True):
        row[share] = "" if line["share"] is None else f"{line['share'] * 100:.1f}".replace(".", ",")
    assert written == taken[1:]

    settings = settings_of(database_url, ward)
    printed, _ = await make_report(settings, "2026-11", None, lambda: NOON)
    assert figures(printed) == taken
