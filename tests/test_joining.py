"""Joining: who is told what, what is asked, and that nothing is kept of somebody who has not agreed."""

import datetime as dt

import pytest

from handlers.core import Core
from handlers.start import CONSENT_VERSION
from storage.database import Database
from tests.dialogue import NOON, Resident, commands_of, stored, verify_dialogue

ABOUT_PEOPLE = ("residents", "consents", "positions", "attempts", "answers", "completions")


async def about_people(database: Database) -> list[str]:
    """Return the tables that hold something about a resident."""
    tables = await stored(database)
    return [name for name in ABOUT_PEOPLE if tables[name]]


async def proofs(database: Database) -> list[tuple[str, bool, bool]]:
    """Return purpose, answer and guardian of every proof, oldest first."""
    rows = sorted((await stored(database))["consents"], key=lambda row: row["id"])
    return [(row["purpose"], row["agreed"], row["guardian"]) for row in rows]


async def test_the_bot_says_first_that_it_is_a_machine(core: Core) -> None:
    welcome = await Resident(core).say("/start")
    assert "máy trả lời tự động" in welcome.text
    assert commands_of(welcome) == ["/consent", "/menu", "/person"]


async def test_joining_by_link_takes_three_taps_to_be_placed(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "1", "1", "1")
    (row,) = (await stored(database))["residents"]
    assert (row["age_band"], row["counted"], row["reminded"]) == ("senior", True, False)
    assert row["neighbourhood_id"] is not None


async def test_the_proof_of_consent_has_its_version_time_and_channel(core: Core, database: Database) -> None:
    resident = Resident(core, channel="web", now=NOON)
    await resident.says("/start kp5", "1", "2", "1")
    resident.now = NOON + dt.timedelta(minutes=1)
    await resident.say("1")
    first, second = sorted((await stored(database))["consents"], key=lambda row: row["id"])
    assert (first["purpose"], first["version"], first["at"], first["channel"]) == (
        "count",
        CONSENT_VERSION,
        NOON,
        "web",
    )
    assert (second["purpose"], second["at"]) == ("remind", resident.now)


@pytest.mark.parametrize(("number", "age_band"), [("1", "senior"), ("2", "adult")])
async def test_the_two_questions_are_asked_and_kept_apart(
    core: Core, database: Database, number: str, age_band: str
) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "1", number)
    assert await proofs(database) == [("count", True, False)]
    await resident.says("1", "2")
    assert await proofs(database) == [("count", True, False), ("remind", False, False)]
    (row,) = (await stored(database))["residents"]
    assert (row["age_band"], row["counted"], row["reminded"]) == (age_band, True, False)


async def test_leaving_the_second_question_unanswered_agrees_to_nothing(core: Core, database: Database) -> None:
    await Resident(core).says("/start kp5", "1", "1", "1", "menu", "1")
    assert await proofs(database) == [("count", True, False)]
    (row,) = (await stored(database))["residents"]
    assert row["reminded"] is False


async def test_nothing_is_kept_of_somebody_who_does_not_agree(core: Core, database: Database) -> None:
    looks = Resident(core, "looks")
    await looks.says("/start kp5", "1", "4")
    await looks.says("/lesson first_steps 1", "1", "1", "1", "2", "1", "3", "/results", "/mydata")
    await looks.says("/uncounted", "dừng", "/named kp5", "/confirm kp5", "/place kp5", "/place kp5 join", "/place -")
    await looks.says("/answer first_steps 1 1", "/quiz second_steps", "/remind yes", "/remind no", "/remind")
    assert await about_people(database) == []
    (conversation,) = (await stored(database))["conversations"]
    assert conversation["resident_id"] is None


async def test_somebody_who_only_looks_learns_everything_and_is_told_so(core: Core) -> None:
    await verify_dialogue(
        Resident(core),
        [
            ("/start kp5", "Xem thử trước"),
            ("2", "[1] Học bài: Bước đầu"),
            ("1", "Bước 1/3"),
            ("1", "Bước 2/3"),
            ("1", "Bước 3/3"),
            ("1", "**Câu 1/2.**"),
            ("2", "Mời bà con chọn lại"),
            ("1", "**Câu 2/2.**"),
            ("3", "không được ghi lại"),
            ("cho phép ghi và đếm", "Bà con có đồng ý không?"),
        ],
    )


@pytest.mark.parametrize("said", ["/neighbourhoods", "/named kp5", "/confirm kp5", "/place kp5", "đổi khu phố"])
async def test_somebody_who_has_not_agreed_is_asked_before_telling_where_they_live(core: Core, said: str) -> None:
    reply = await Resident(core).say(said)
    assert "cho phép" in reply.text
    assert commands_of(reply)[0].startswith("/consent")


async def test_the_neighbourhood_of_an_old_button_is_not_lost_by_agreeing_first(core: Core) -> None:
    resident = Resident(core)
    await resident.say("/place kp5")
    assert "**Khu phố 5**, đúng không?" in (await resident.says("1", "1")).text


async def test_a_child_is_counted_only_together_with_a_guardian(core: Core, database: Database) -> None:
    resident = Resident(core)
    asked = await resident.says("/start kp5", "1", "3")
    assert "cha mẹ hoặc người giám hộ" in asked.text
    assert await about_people(database) == []
    await resident.say("1")
    assert await proofs(database) == [("count", True, True)]
    (row,) = (await stored(database))["residents"]
    assert row["age_band"] == "child"


async def test_a_child_without_a_guardian_stays_anonymous(core: Core, database: Database) -> None:
    await Resident(core).says("/start kp5", "1", "3", "2", "1", "1", "1", "1", "1", "3")
    assert await about_people(database) == []


async def test_a_child_is_never_asked_to_be_reminded_nor_reminded(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "1", "3", "1")
    placed = await resident.say("1")
    assert "nhắn nhắc" not in placed.text
    assert commands_of(placed) == ["/menu", "/menu", "/person"]
    for said in ("/remind", "/remind yes", "/remind yes yes", "/mydata", "dừng", "/menu"):
        assert not any(command.startswith("/remind") for command in commands_of(await resident.say(said)))
    assert await proofs(database) == [("count", True, True)]


async def test_reminders_end_when_a_resident_turns_out_to_be_a_child(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join(remind="1")
    await resident.says("/consent", "3", "1")
    (row,) = (await stored(database))["residents"]
    assert (row["age_band"], row["reminded"]) == ("child", False)
    assert (await proofs(database))[-1] == ("remind", False, False)


async def test_consent_is_taken_back_and_given_again_with_a_proof_of_each(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson first_steps 1", "1")
    withdrawn = await resident.say("rút đồng ý")
    assert "**không đếm**" in withdrawn.text
    assert (await resident.say("/uncounted")).text == withdrawn.text, "what was recorded is still there"
    (row,) = (await stored(database))["residents"]
    assert row["counted"] is False
    await resident.says("/lesson second_steps 1", "1", "1")
    tables = await stored(database)
    assert [(position["topic"], position["step"]) for position in tables["positions"]] == [("first_steps", 2)]
    await resident.says("/menu", "cho phép ghi và đếm", "1")
    assert await proofs(database) == [
        ("count", True, False),
        ("remind", False, False),
        ("count", False, False),
        ("count", False, False),
        ("count", True, False),
    ]
    (row,) = (await stored(database))["residents"]
    assert row["counted"] is True


async def test_agreeing_again_asks_to_confirm_the_neighbourhood_known_before(core: Core) -> None:
    resident = Resident(core)
    await resident.join("kp7")
    assert "**Khu phố 7**, đúng không?" in (await resident.says("rút đồng ý", "2", "1")).text


async def test_following_another_link_asks_before_moving(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    asked = await resident.say("/start kp7")
    assert "ghi là ở **Khu phố 5**. Đổi sang **Khu phố 7**" in asked.text
    assert "Hôm nay bà con muốn làm gì?" in (await resident.say("/start kp5")).text
    assert "Hôm nay bà con muốn làm gì?" in (await resident.say("/start nowhere")).text


@pytest.mark.parametrize("code", ["kp5", "KP5", "Kp5"])
async def test_a_link_code_is_read_in_capitals_too(core: Core, code: str) -> None:
    assert "**Khu phố 5**" in (await Resident(core).say(f"/start {code}")).text
    assert "**Khu phố 5**" in (await Resident(core, "other").say(f"#{code}")).text


async def test_an_unknown_code_is_carried_nowhere(core: Core, database: Database) -> None:
    resident = Resident(core)
    for said in ("/start 079148390277", "/consent 079148390277", "/minor 079148390277", "/count senior 079148390277"):
        reply = await resident.say(said)
        assert not any("079148390277" in command for command in commands_of(reply)), said
    assert "Bà con đang ở khu phố nào?" in reply.text
    for said in ("/neighbourhoods 1 079148390277", "/confirm kp5 079148390277", "/place kp5 079148390277"):
        assert not any("079148390277" in command for command in commands_of(await resident.say(said))), said


async def test_an_unknown_link_still_welcomes_and_lets_choose_from_the_list(core: Core) -> None:
    await verify_dialogue(
        Resident(core),
        [
            ("/start khongco", "Chào bà con!"),
            ("1", "Bà con có đồng ý không?"),
            ("1", "Bà con đang ở khu phố nào?"),
            ("5", "**Khu phố 5**, đúng không?"),
            ("1", "vào danh sách học của **Khu phố 5**"),
        ],
    )


async def test_a_place_typed_while_joining_is_taken_along(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.says("/start", "khu phố 3")
    assert "**Khu phố 3**, đúng không?" in (await resident.say("1")).text
    assert "**Khu phố 4**, đúng không?" in (await resident.say("khu phố 4")).text
    assert "nhắn nhắc học" in (await resident.say("đúng rồi khu phố bốn")).text
    (row,) = (await stored(database))["residents"]
    assert row["neighbourhood_id"] == (await stored(database))["neighbourhoods"][3]["id"]


@pytest.mark.parametrize(("text", "kind"), [("?", "text"), ("👍", "text"), ("", "picture"), ("", "voice")])
async def test_whoever_says_hello_without_words_is_welcomed(core: Core, text: str, kind: str) -> None:
    resident = Resident(core)
    assert "Chào bà con!" in (await resident.say(text, kind=kind)).text
    assert "Chào bà con!" not in (await resident.say(text, kind=kind)).text
