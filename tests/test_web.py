"""The web chat over HTTP: one form is one turn, with and without JavaScript; what cannot be used is answered kindly."""

import datetime as dt

from structlog.testing import capture_logs

from handlers.core import Core
from storage.database import Database
from tests.dialogue import Resident, stored, stored_texts
from tests.test_team import invitation, member
from tests.visits import Visit

TYPED = "mã OTP của tôi là 445566 và số căn cước 079123456789"


async def turns(database: Database) -> int:
    return len((await stored(database))["seen"])


async def test_a_visitor_joins_by_buttons_and_by_typing(visit: Visit, database: Database) -> None:
    await visit.open("/kp/kp5")
    assert visit.commands == ["/consent kp5", "/menu", "/person"]
    await visit.type("1")
    assert "/count senior kp5" in visit.commands
    await visit.tap("/count senior kp5")
    await visit.type("đúng rồi")
    await visit.tap("/remind no")
    [resident] = (await stored(database))["residents"]
    assert (resident["age_band"], resident["counted"]) == ("senior", True)
    assert await turns(database) == 4


async def test_looking_at_pages_is_not_a_turn(visit: Visit, database: Database) -> None:
    for path in ("/", "/kp/kp5", "/kp/kp5/", "/kp/nowhere", "/"):
        assert (await visit.open(path)).status_code == 200
    assert await turns(database) == 0
    assert (await stored(database))["conversations"] == []


async def test_a_reload_shows_the_last_answer(visit: Visit) -> None:
    await visit.open()
    told = await visit.tap("/lesson first_steps 2")
    again = await visit.open("/")
    assert "Bước 2/3" in told.text
    assert "Bước 2/3" in again.text
    assert visit.after == ""


async def test_the_part_for_javascript_holds_the_answer_and_the_new_ways_only(visit: Visit) -> None:
    await visit.open()
    part = await visit.part(say="/lesson first_steps 2")
    assert part.status_code == 200
    assert "Bước 2/3" in part.text
    assert '<hx-partial hx-target="#ways"' in part.text
    assert "<html" not in part.text


async def test_the_same_form_sent_twice_is_one_turn(visit: Visit, database: Database) -> None:
    await visit.open()
    first = Visit(visit.client, visit.event, visit.after)
    one = await visit.part(say="/consent kp5")
    other = await first.part(say="/consent kp5")
    assert one.text.partition("<hx-partial")[0] == other.text.partition("<hx-partial")[0]
    assert await turns(database) == 1


async def test_an_answer_of_a_person_is_found_without_a_reload_as_long_as_one_is_awaited(
    visit: Visit, core: Core, database: Database
) -> None:
    assert (await visit.client.get("/moi")).status_code == 205
    await visit.open("/kp/kp5")
    for said in ("/consent kp5", "/count adult kp5", "/place kp5 join", "/remind no"):
        shown = await visit.tap(said)
    assert "data-awaited" not in shown.text
    assert (await visit.client.get("/moi")).status_code == 205
    lan = await member(core, "lan")
    await visit.tap("/person")
    sent = await visit.part(typed="tôi quên mật khẩu VNeID")
    assert 'id="ways" data-awaited' in sent.text
    assert "data-awaited" in (await visit.open()).text
    assert "Chưa có ai trả lời" in (await visit.tap("/help_look")).text
    assert "Bước 2/3" in (await visit.tap("/lesson first_steps 2")).text
    assert (await visit.client.get("/moi")).status_code == 204
    [request] = (await stored(database))["help_requests"]
    await lan.say(f"/team_answer {request['id']} Chú bấm «Quên mật khẩu»")
    found = await visit.client.get("/moi")
    assert found.headers["cache-control"] == "no-store"
    for said in ("Chú bấm «Quên mật khẩu»", 'id="ways" data-awaited', "/help_leave", "/lesson first_steps 3"):
        assert said in found.text
    assert "Bước 2/3" not in found.text  # it stands above already
    assert "Bước 2/3" in (await visit.client.get("/")).text
    assert (await visit.client.get("/moi")).status_code == 204
    await lan.say(f"/team_done {request['id']}")
    assert "Việc này vậy là xong" in (await visit.client.get("/moi")).text
    assert (await visit.client.get("/moi")).status_code == 205


async def test_a_member_is_told_of_a_question_while_the_page_is_on_show(
    visit: Visit, core: Core, database: Database
) -> None:
    await visit.open()
    code = (await invitation(core, at=dt.datetime.now(dt.UTC)))[1:]
    assert (await visit.client.get("/moi")).status_code == 205
    assert 'id="ways" data-awaited' in (await visit.part(say=f"/team_join {code}")).text
    assert "data-awaited" in (await visit.open("/kp/kp5")).text
    assert (await visit.client.get("/moi")).status_code == 204
    neighbour = Resident(core, "ba-tu")
    await neighbour.join()
    await neighbour.says("9", "Tôi quên mật khẩu VNeID")
    found = await visit.client.get("/moi")
    assert "Tôi quên mật khẩu VNeID" in found.text
    assert "/team_answer " in found.text
    await visit.tap("/team_leave yes")
    assert (await visit.client.get("/moi")).status_code == 205


async def test_another_button_of_a_page_gone_back_to_works(visit: Visit, database: Database) -> None:
    await visit.open()
    back = Visit(visit.client, visit.event, visit.after)
    await visit.tap("/consent kp5")
    assert "/lessons" in (await back.tap("/menu")).text
    assert await turns(database) == 2


async def test_two_long_messages_that_begin_alike_are_two(visit: Visit, database: Database) -> None:
    await visit.open()
    back = Visit(visit.client, visit.event, visit.after)
    await visit.type("cho tôi hỏi " * 20)
    await back.type("cho tôi hỏi " * 20 + "khác")
    assert await turns(database) == 2


async def test_what_was_typed_is_kept_nowhere_and_seen_in_no_log(visit: Visit, database: Database) -> None:
    await visit.open()
    with capture_logs() as logs:
        await visit.type(TYPED)
        await visit.type(f"/{TYPED}")
        await visit.client.get(f"/kp/{TYPED}")
    kept = await stored_texts(database) + str(logs)
    assert "445566" not in kept
    assert "079123456789" not in kept


async def test_a_number_typed_on_a_neighbourhoods_page_means_what_that_page_offers(visit: Visit) -> None:
    await visit.open("/kp/kp5")
    await visit.tap("/lessons")
    await visit.open("/kp/kp7")
    await visit.type("1")
    assert "/count senior kp7" in visit.commands
