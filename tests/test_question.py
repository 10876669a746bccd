"""Whatever is typed or sent: a kind answer, the place kept, secrets refused, and nothing of it stored."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq.secret import looks_secret
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from storage.database import Database
from tests.dialogue import Resident, Unforgiving, commands_of, stored, stored_texts, written
from tests.test_messages import PEOPLE

CANARY = "qzxvuw"
"""A word no text of the product holds."""
PASSED_ON = ("help_messages", "local_warnings", "names")
"""Tables of words that somebody agreed to pass on."""
SECRETS = {
    "a one-time code": "483902",
    "a code at the end of a sentence": "Mã OTP của tôi là 483902.",
    "a code in the middle": "họ xin mã 483902 của tôi",
    "a code typed in groups": "48 39 02",
    "a code digit by digit": "4 8 3 9 0 2",
    "an identity number": "079148390277",
    "an identity number in groups": "079 148 390 277",
    "an old identity number": "024839027",
    "a card": "9704 4839 0277 1562",
    "a card with dashes": "9704-4839-0277-1562",
    "a long account": "19024839027715624839",
    "a telephone number": "0912 483 902",
    "full-width digits": "４８３９０２",
}
HARMLESS = ["chuyển nhầm 1.500.000 đồng", "mất 500000 đ", "họ xin 2000000 đồng", "ngày 21-11-2026", "gọi 1900 1234 à"]
HARMLESS += ["ngày 21/11/2026", "sinh năm 1950", "bài 2 bước 3", "3,500,000", "10.000.000đ", "khu phố 12, tổ 34", ""]

events = count()


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_recognised(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_money_days_and_hotlines_are_no_secrets(text: str) -> None:
    assert not looks_secret(text)


async def test_a_secret_is_refused_anywhere_and_stored_nowhere(core: Core, database: Database) -> None:
    for person, says in PEOPLE.items():
        resident = Resident(core, address=person)
        before = await resident.says("/start", *says)
        for secret in SECRETS.values():
            reply = await resident.say(secret)
            assert "**không đọc và không lưu**" in reply.text, (person, secret)
            assert reply.choices == before.choices
    kept = await stored_texts(database)
    for trace in ("483902", "4839", "0277", "4 8 3", "48 39", "４８"):
        assert trace not in kept


async def test_a_secret_is_refused_where_a_neighbourhood_is_asked_for(core: Core, database: Database) -> None:
    resident = Resident(core)
    asked = await resident.says("/start", "1", "1")
    reply = await resident.say("079148390277")
    assert "**không đọc và không lưu**" in reply.text
    assert reply.choices == asked.choices
    assert "đúng không?" in (await resident.say("kp5")).text
    assert "390277" not in await stored_texts(database)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("picture", "chưa xem được hình"),
        ("voice", "chưa nghe được"),
        ("sticker", "Mình đi tiếp nhé"),
        ("other", "chưa đọc được"),
    ],
)
async def test_what_is_no_text_gets_a_kind_answer_and_the_place_is_kept(kind: str, answer: str, core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    step = await resident.say("/lesson first_steps 2")
    reply = await resident.say("ảnh", kind=kind)
    assert answer in reply.text
    assert reply.choices == step.choices
    assert "Bước 3/3" in (await resident.say("1")).text


async def test_what_is_no_text_leaves_a_typed_neighbourhood_expected(core: Core) -> None:
    resident = Resident(core)
    await resident.says("/start", "1", "1")
    await resident.say("", kind="sticker")
    assert "**Khu phố 5**, đúng không?" in (await resident.say("kp5")).text


@pytest.mark.parametrize(
    ("asked", "topic"),
    [("lam sao quet ma", "second_steps"), ("biết bấm nút", "first_steps"), ("BƯỚC ĐẦU?", "first_steps")],
)
async def test_a_question_near_a_lesson_or_an_entry_leads_there(asked: str, topic: str, core: Core) -> None:
    first = commands_of(await Resident(core).say(asked))[0]
    suggested = core.house.bank.get(first.removeprefix("/entry "))
    assert first == f"/lesson {topic}" or (suggested and suggested.topic == topic)


async def test_a_question_nobody_understands_offers_the_same_again(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    step = await resident.say("/lesson first_steps 2")
    reply = await resident.say("phở bò ngon ghê")
    assert "chưa trả lời được" in reply.text
    assert reply.choices == step.choices


async def test_a_person_is_named_and_the_place_is_kept(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    step = await resident.say("/lesson first_steps 2")
    reply = await resident.say("9")
    assert "Tổ công nghệ số cộng đồng" in reply.text
    assert reply.choices == step.choices
    assert "Bước 3/3" in (await resident.say("1")).text


@pytest.mark.parametrize("said", ["vâng", "dạ", "ok", "cảm ơn", "Cám ơn tổ số!"])
async def test_a_yes_or_thanks_that_fits_nothing_loses_nobodys_place(core: Core, said: str) -> None:
    resident = Resident(core)
    asked = await resident.says("/start kp5", "1")
    assert (await resident.say(said)).choices == asked.choices


async def test_a_number_not_on_offer_is_said_kindly_and_other_words_are_not_repeated(core: Core) -> None:
    resident = Resident(core)
    await resident.say("/start kp5")
    assert (await resident.say("7")).text.startswith("Ở đây không có số 7.")
    for said in ("/again abc", "/again xy", "/again 123", "/again ²"):
        assert (await resident.say(said)).text.startswith("Bà con chọn giúp")


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
SAID = st.one_of(
    st.integers(0, 12).map(str),
    ANY_TEXT,
    st.builds("{}{}{}".format, ANY_TEXT, st.just(f" {CANARY} "), ANY_TEXT),
    st.builds(
        "/{} {}".format,
        st.sampled_from(sorted(COMMANDS.keys() - {"shown"})) | ANY_TEXT,  # a name given to be shown is kept
        st.lists(
            st.sampled_from(["first_steps", "second_steps", "1", "2", "3", "yes", "no", "kp5", "join", "-", "senior"])
            | st.sampled_from(["child", "adult", CANARY, "9" * 30, CANARY * 20])
            | ANY_TEXT,
            max_size=4,
        ).map(" ".join),
    ),
)


def is_for_helpers(shown: str) -> bool:
    """Return whether this shows words told to the team, as they agreed: a question, or a name, which can be undone."""
    return any(command in shown for command in ("/team_help ", "/team_answer ", "/unshown"))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(person=st.sampled_from(sorted(PEOPLE)), script=st.lists(SAID, min_size=1, max_size=6))
async def test_anything_at_any_point_gets_an_answer_and_none_of_it_is_stored(
    person: str, script: list[str], core: Core
) -> None:
    resident = Resident(Unforgiving(core.house, COMMANDS, known_words()), address=f"address-{next(events)}")
    await resident.says("/start", *PEOPLE[person])
    for said in script:
        reply = await resident.say(said)
        assert reply.text
        assert reply.choices
        assert CANARY not in written(reply) or is_for_helpers(written(reply) + reply.to_json())
    tables = await stored(core.house.database)
    kept = [str(row) for name, rows in tables.items() if name not in PASSED_ON for row in rows]
    assert not [row for row in kept if CANARY in row.lower() and not is_for_helpers(row)]
