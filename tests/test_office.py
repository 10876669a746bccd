"""The office's gate: who gets in, with what, to which pages; and what is written down of it."""

import datetime as dt
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers.core import Core
from office.cards import Cards
from office.desk import RIGHTS
from office.gate import FORM, SESSION
from office.login import PER_NAME
from office.posters import Doors
from office.printing_desk import Printing
from storage import audit, staff
from storage.audience import Aim
from storage.campaigns import Draft, draft
from storage.database import Database
from storage.requests import receive
from storage.tables import metadata, staff_sessions
from tests.clerks import PASSWORD, Clerk, Office

LOGIN = "/van-phong/dang-nhap"


@pytest.fixture
def office(core: Core, tmp_path: Path) -> Office:
    cards = Cards(core.house.library, (), tmp_path, "Phường Thử")
    return Office(core, printing=Printing(Doors("https://ward.test"), "", cards))


async def acts(office: Office) -> list[tuple[str | None, str]]:
    house = office.core.house
    return [(line.name, line.act) for line in await house.database.read(audit.latest, house.ward.id, 50)]


async def test_who_is_invited_sets_up_a_password_and_an_authenticator_and_gets_in(office: Office) -> None:
    clerk = office.clerk()
    done = await clerk.join()
    assert done.status_code == 200
    assert len(set(clerk.recovery)) == 10
    office.now += dt.timedelta(minutes=1)
    assert (await clerk.log_in()).headers["location"] == "/van-phong"
    home = await clerk.client.get("/van-phong")
    assert home.status_code == 200
    assert "Khu phố 5" in home.text
    assert await acts(office) == [("lan", "saw"), ("lan", "logged_in"), ("lan", "joined")]


async def test_the_cookie_is_for_the_office_alone_and_no_script_reads_it(office: Office) -> None:
    clerk = office.clerk()
    await clerk.join()
    office.now += dt.timedelta(minutes=1)
    cookie = (await clerk.log_in()).headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/van-phong"} <= {part.strip() for part in cookie.split(";")}


WRONG = [
    {"password": PASSWORD + "."},
    {"password": ""},
    {"name": "ai đó"},
    {"name": "lan\x00"},
    {"code": "000000"},
    {"code": ""},
    {"code": "aaaa-bbbb-cccc"},
]


@pytest.mark.parametrize("typed", WRONG, ids=str)
async def test_whatever_is_wrong_nobody_gets_in_and_is_told_no_more_than_that(
    office: Office, typed: dict[str, str]
) -> None:
    clerk = office.clerk()
    await clerk.join()
    office.now += dt.timedelta(minutes=1)
    refused = await clerk.log_in(**typed)
    assert refused.status_code == 403
    assert "Chưa đúng" in refused.text
    assert SESSION not in clerk.client.cookies
    assert (await acts(office))[0][1] == "login_failed"


async def test_a_code_works_once(office: Office) -> None:
    clerk = await office.logged_in(name="lan")
    assert (await office.clerk("lan").log_in(code=clerk.code)).status_code == 403
    office.now += dt.timedelta(seconds=30)
    assert (await office.clerk("lan").log_in(code=clerk.code)).status_code == 303


async def test_a_recovery_code_works_once_in_the_place_of_the_authenticator(office: Office) -> None:
    clerk = office.clerk()
    await clerk.join()
    typed = clerk.recovery[3].upper().replace("-", " ")
    assert (await clerk.log_in(code=typed)).status_code == 303
    assert (await office.clerk().log_in(code=typed)).status_code == 403


async def test_who_tries_too_often_has_to_wait_even_with_the_right_password(office: Office) -> None:
    clerk = office.clerk()
    await clerk.join()
    office.now += dt.timedelta(minutes=1)
    for _ in range(PER_NAME.amount):
        assert (await clerk.log_in(code="000000")).status_code == 403
    assert (await clerk.log_in()).status_code == 429


async def test_an_invitation_works_once_and_for_a_day(office: Office) -> None:
    clerk = office.clerk()
    path = await clerk.invited()
    office.now += dt.timedelta(hours=25)
    assert (await clerk.client.get(path)).status_code == 404
    path = await clerk.invited()
    assert (await clerk.client.get(path)).status_code == 200
    await clerk.join()
    assert (await clerk.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("password", "again"), [("ngắn", "ngắn"), ("aaaaaaaaaaaa", "aaaaaaaaaaaa"), (PASSWORD, PASSWORD + "a"), ("", "")]
)
async def test_a_poor_password_is_refused_and_the_invitation_stays(office: Office, password: str, again: str) -> None:
    clerk = office.clerk()
    path = await clerk.invited()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", (await clerk.client.get(path)).text)
    assert secret is not None
    clerk.secret = secret[1].replace(" ", "")
    assert (await clerk.send(path, password=password, again=again, code=clerk.code)).status_code == 422
    assert (await clerk.send(path, password=PASSWORD, again=PASSWORD, code=clerk.code)).status_code == 200


async def test_a_new_invitation_replaces_password_authenticator_and_sessions(office: Office) -> None:
    old = await office.logged_in(name="lan")
    new = office.clerk("lan")
    await new.join("view")
    assert (await old.client.get("/van-phong")).status_code == 303
    office.now += dt.timedelta(minutes=1)
    assert (await old.log_in()).status_code == 403
    assert (await new.log_in()).status_code == 303


async def test_revoking_ends_every_session_at_once(office: Office) -> None:
    chief, lan = await office.logged_in(), await office.logged_in("view", "lan")
    said = await chief.send("/van-phong/can-bo/thu-hoi", name="lan")
    assert "Đã thu hồi quyền của lan" in said.text
    assert "mời lại bằng đúng tên ấy" in said.text
    assert (await lan.client.get("/van-phong")).headers["location"] == LOGIN
    office.now += dt.timedelta(minutes=1)
    assert (await lan.log_in()).status_code == 403
    assert (await chief.send("/van-phong/can-bo/thu-hoi", name=chief.name)).status_code == 422


async def test_logging_out_and_twelve_hours_end_a_session_for_whoever_copied_the_cookie(office: Office) -> None:
    for ending in ("out", "over"):
        clerk = await office.logged_in(name=ending)
        copied = clerk.client.cookies[SESSION]
        if ending == "out":
            await clerk.send("/van-phong/dang-xuat")
        else:
            office.now += dt.timedelta(hours=13)
        client = office.clerk().client
        client.cookies.set(SESSION, copied)
        assert (await client.get("/van-phong")).headers["location"] == LOGIN


BLANKS = {"code": "kp5", "topic": "first_steps", "kind": "csv?ky=2026-11", "receipt": "AB12CD34"}
"""What stands for each blank in the paths of pages."""


def filled(path: str) -> str:
    """Return the path of a page with something in its blanks that is there."""
    for name, value in BLANKS.items():
        path = path.replace(f"{{{name}}}", value)
    return path


async def test_every_route_is_open_to_its_roles_and_to_nobody_else(office: Office) -> None:
    house = office.core.house
    await house.database.write(receive, house.ward.id, "see", BLANKS["receipt"], None, office.now)
    roles: dict[str, Clerk | None] = {role: await office.logged_in(role) for role in RIGHTS}
    roles["nobody"] = None
    aim = Aim(house.ward.id, None, "first_steps", ("first_steps",), "not_passed")
    drafted = Draft(aim, office.now, None, None, None, 0)
    number = await house.database.write(draft, drafted, office.now)
    pages = [page for page in office.site.pages() if page.right and "dang-xuat" not in page.path]
    assert {page.path for page in office.site.pages() if not page.right} == {LOGIN, "/van-phong/moi/{token}"}
    for page in pages:
        for role, clerk in roles.items():
            client = clerk.client if clerk else office.clerk().client
            path = filled(page.path).replace("{number}", str(number))
            if path.endswith(".zip") and clerk and page.right in RIGHTS[role]:
                continue  # a drawing for each neighbourhood; tests/test_printing.py looks at it
            answer = await client.request(page.method, path)
            if clerk is None:
                expected = (303, LOGIN)
            elif page.right not in RIGHTS[role]:
                expected = (403, "")
            else:
                expected = (200 if page.method == "GET" else 403, "")  # a form without its seal
            assert (answer.status_code, answer.headers.get("location", "")) == expected, (page.path, page.method, role)
            if clerk and page.right in RIGHTS[role] and page.method == "POST":
                assert "Trang này đã cũ" in answer.text


async def test_a_form_of_somebody_else_or_of_no_page_changes_nothing(office: Office, database: Database) -> None:
    chief, other = await office.logged_in(), await office.logged_in(name="other")
    page = await other.client.get("/van-phong/can-bo")
    seal = re.search(r'name="seal" value="([^"]+)"', page.text)
    assert seal is not None
    for forged in (seal[1], "", "x", "é"):
        answer = await chief.client.post("/van-phong/can-bo", data={"seal": forged, "name": "x", "role": "view"})
        assert answer.status_code == 403
    people = await database.read(staff.listed, office.core.house.ward.id, office.now)
    assert {person.name for person in people} == {"office", "other"}


async def test_a_log_in_without_the_forms_cookie_is_refused(office: Office) -> None:
    clerk = office.clerk()
    await clerk.join()
    office.now += dt.timedelta(minutes=1)
    page = await clerk.client.get(LOGIN)
    seal = re.search(r'name="seal" value="([^"]+)"', page.text)
    clerk.client.cookies.delete(FORM)
    form = {"seal": seal[1] if seal else "", "name": clerk.name, "password": PASSWORD, "code": clerk.code}
    assert (await clerk.client.post(LOGIN, data=form)).status_code == 403


async def test_names_are_shown_as_text_and_invited_by_the_page(office: Office) -> None:
    chief = await office.logged_in()
    name = '<b onclick="x">Lan & Hoa'
    shown = await chief.send("/van-phong/can-bo", name=name, role="lead")
    assert "&lt;b onclick" in shown.text
    assert "<b onclick" not in shown.text
    link = re.search(r'value="(http://ward.test/van-phong/moi/[\w-]{43})"', shown.text)
    assert link is not None
    assert (await office.clerk().client.get(link[1])).status_code == 200
    await chief.client.get("/van-phong/noi/kp5")
    log = await chief.client.get("/van-phong/nhat-ky")
    assert "mời" in log.text
    assert "xem độ phủ của Khu phố 5 (kp5)" in log.text
    assert "<b onclick" not in log.text


async def test_no_secret_stands_in_the_database_as_it_is_used(office: Office, database: Database) -> None:
    clerk = await office.logged_in(name="lan")
    used = [
        PASSWORD,
        clerk.client.cookies[SESSION],
        *clerk.recovery,
        *(code.replace("-", "") for code in clerk.recovery),
    ]
    kept = await database.read(
        lambda connection: str([connection.execute(select(table)).all() for table in metadata.sorted_tables])
    )
    assert [secret for secret in used if secret in kept] == []
    sessions = await database.read(lambda connection: connection.execute(select(staff_sessions)).all())
    assert len(sessions) == 1


async def test_bad_forms_get_a_clear_answer(office: Office) -> None:
    chief = await office.logged_in()
    for body, kind in (
        (b"\xff\xfe%%%", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
    ):
        answer = await chief.client.post("/van-phong/can-bo", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 403)
    answer = await chief.client.post("/van-phong/can-bo", data={"name": "x" * 100_000})
    assert answer.status_code == 413
