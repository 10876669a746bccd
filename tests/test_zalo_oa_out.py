"""How a Zalo OA speaks, over the wire to the fake: errors and what follows, windows, quotas, pictures, v2 and v3."""

from pathlib import Path

import pytest

from bot.channels.base import SendFailed
from handlers.messages import Choice, Reply
from storage import conversations
from storage.database import Database
from tests.dialogue import NOON
from tests.fakes.mishaps import HTML, Mishap
from tests.fakes.zalo_oa_errors import error
from tests.fakes.zalo_oa_people import buttons_of
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.zalo_stage import HI, Stage, heard, staged

STEP = (Choice("Tiếp theo", "/lesson a 2"), Choice("Nghỉ", "/menu"), Choice("Quay lại", "/menu", "0"))


ERRORS: list[tuple[int, tuple[str, str, float | None]]] = [
    (-32, ("slow_down", "rate", 60)),
    (-211, ("final", "quota", None)),
    (-224, ("slow_down", "zalo -224", 3600)),
    (-221, ("slow_down", "zalo -221", 3600)),
    (-320, ("slow_down", "zalo -320", 3600)),
    (-321, ("slow_down", "zalo -321", 3600)),
    (-212, ("slow_down", "zalo -212", 3600)),
    (-242, ("slow_down", "zalo -242", 3600)),
    (-230, ("final", "window", None)),
    (-232, ("final", "window", None)),
    (-213, ("gone", "zalo -213", None)),
    (-217, ("gone", "zalo -217", None)),
    (-227, ("gone", "zalo -227", None)),
    (-244, ("gone", "zalo -244", None)),
    (-218, ("final", "zalo -218", None)),
    (-201, ("final", "zalo -201", None)),
    (-210, ("final", "zalo -210", None)),
    (-248, ("final", "zalo -248", None)),
    (-9999, ("final", "zalo -9999", None)),
    (-100, ("passing", "zalo -100", None)),
    (-200, ("passing", "zalo -200", None)),
    (-234, ("passing", "night", 3600)),
]


async def failing(stage: Stage, *mishaps: Mishap) -> tuple[str, str, float | None]:
    """Return what follows from mishaps that befall the next messages."""
    person = heard(stage)
    stage.fake.mishaps.extend(mishaps)
    with pytest.raises(SendFailed) as raised:
        await stage.send(person)
    return raised.value.failure, raised.value.reason, raised.value.retry_in


async def test_what_follows_from_each_error_is_in_the_table(database: Database) -> None:
    async with staged(database) as stage:
        for code, follows in ERRORS:
            assert await failing(stage, Mishap(body=error(code))) == follows
        assert stage.fake.people[heard(stage).id].messages == []


@pytest.mark.parametrize(
    ("mishap", "failure", "reason", "arrived"),
    [
        (Mishap(502, HTML), "passing", "HTTP 502", 0),
        (Mishap(200, HTML), "passing", "HTTP 200", 0),
        (Mishap(200, ["a list"]), "passing", "HTTP 200", 0),
        (Mishap(503, {"error": 0}), "passing", "HTTP 503", 0),
        (Mishap(200, {"error": "what"}), "passing", "HTTP 200", 0),
        (Mishap(429, HTML), "slow_down", "HTTP 429", 0),
        (Mishap(cut=True, accept=True), "unsure", "RemoteProtocolError", 1),
        (Mishap(cut=True), "unsure", "RemoteProtocolError", 0),
        (Mishap(wait=2.5), "unsure", "ReadTimeout", 1),
    ],
)
async def test_trouble_on_the_way_is_told_apart_by_whether_the_message_may_have_arrived(
    database: Database, mishap: Mishap, failure: str, reason: str, arrived: int
) -> None:
    async with staged(database, seconds=2 if mishap.wait else 5) as stage:
        await stage.send(heard(stage))  # which takes a token as well
        assert (await failing(stage, mishap))[:2] == (failure, reason)
    assert len(stage.fake.person().messages) <= 1 + arrived


async def test_what_never_left_is_tried_again(database: Database) -> None:
    async with staged(database) as stage:
        await stage.send(heard(stage))  # while there is somebody to renew the token
    async with staged(database, zalo_oa_api_base="http://127.0.0.1:1") as stage:
        with pytest.raises(SendFailed) as raised:
            await stage.send(heard(stage))
    assert (raised.value.failure, raised.value.reason) == ("passing", "ConnectError")


@pytest.mark.parametrize(
    ("oa_type", "setting", "tried", "api"),
    [
        (2, "auto", ["/v3.0/oa/message/cs"], "v3"),
        (4, "auto", ["/v3.0/oa/message/cs", "/v2.0/oa/message"], "v2"),
        (4, "v2", ["/v2.0/oa/message"], "v2"),
        (2, "v3", ["/v3.0/oa/message/cs"], "v3"),
    ],
)
async def test_the_api_of_this_type_of_oa_is_found_once(
    database: Database, oa_type: int, setting: str, tried: list[str], api: str
) -> None:
    async with staged(database, {"oa_type": oa_type}, zalo_oa_send_api=setting) as stage:
        await stage.send(heard(stage))
        assert stage.fake.calls[1:] == tried  # after the first token
        await stage.send(heard(stage))
        assert stage.fake.calls[1:] == [*tried, tried[-1]]
        assert stage.platform.api.send_api == api


async def test_an_api_that_is_shut_down_later_is_left_for_the_other(database: Database) -> None:
    async with staged(database, {"oa_type": 4}) as stage:
        await stage.send(heard(stage))
        stage.fake.oa_type = 2
        await stage.send(heard(stage))
        assert stage.platform.api.send_api == "v3"


@pytest.mark.parametrize(("oa_type", "setting", "code"), [(2, "v2", -240), (4, "v3", -235)])
async def test_a_fixed_api_is_not_changed_and_everybody_waits(
    database: Database, oa_type: int, setting: str, code: int
) -> None:
    async with staged(database, {"oa_type": oa_type}, zalo_oa_send_api=setting) as stage:
        assert await failing(stage) == ("slow_down", f"zalo {code}", 3600)


async def test_where_zalo_takes_no_buttons_the_choices_are_told_as_text(database: Database) -> None:
    async with staged(database, {"takes_buttons": False}) as stage:
        await stage.send(heard(stage), Reply("Bước 1", STEP))
        text = "Bước 1\n\nBà con nhắn số để chọn:\n1. Tiếp theo\n2. Nghỉ\n0. Quay lại"
        assert stage.fake.person().messages == [{"text": text}]


async def test_a_long_reply_that_was_broken_off_goes_on_where_it_was(database: Database) -> None:
    reply = Reply("a" * 1900 + "\n\n" + "b" * 1900 + "\n\n" + "c" * 1900, STEP)
    async with staged(database) as stage:
        person = heard(stage)
        for mishap in (Mishap(502, HTML), Mishap(body=error(-32))):
            stage.fake.mishaps.extend([Mishap(), mishap])
            with pytest.raises(SendFailed):
                await stage.send(person, reply)
        assert await stage.send(person, reply) == f"m-{person.id}-3"
        assert [text[0] for text in person.texts] == ["a", "b", "c"]
        assert len(person.buttons) == 3
        await stage.send(person, reply)  # another time from the beginning
        assert [text[0] for text in person.texts] == ["a", "b", "c"] * 2


async def test_after_a_reply_that_was_broken_off_another_begins_at_its_beginning(database: Database) -> None:
    async with staged(database) as stage:
        person = heard(stage)
        stage.fake.mishaps.extend([Mishap(), Mishap(502, HTML)])
        with pytest.raises(SendFailed):
            await stage.send(person, Reply("a" * 2100))
        await stage.send(person, Reply("b" * 2100))
        assert [text[0] for text in person.texts] == ["a", "b", "b"]


@pytest.mark.parametrize(("paid", "longest"), [(False, 48), (True, 168)])
async def test_nothing_is_sent_that_would_cost_without_leave_or_be_refused(
    database: Database, paid: bool, longest: int
) -> None:
    async with staged(database, zalo_oa_paid_sends=paid) as stage:
        person = heard(stage)
        await database.write(conversations.begin, "zalo_oa", OA_ID, person.id, NOON)
        stage.clock.move(hours=longest)
        await stage.send(person)
        stage.clock.move(seconds=1)
        with pytest.raises(SendFailed, match="window"):
            await stage.send(person)
        assert stage.fake.calls[1:] == ["/v3.0/oa/message/cs"]


async def test_zalo_closes_the_window_on_those_who_never_wrote_or_long_ago(database: Database) -> None:
    async with staged(database) as stage:
        with pytest.raises(SendFailed, match="window"):
            await stage.send(stage.fake.person())
        person = heard(stage)
        stage.clock.move(days=8)
        with pytest.raises(SendFailed, match="window"):
            await stage.send(person)


async def test_more_calls_than_the_package_allows_slow_everybody_down_for_a_minute(database: Database) -> None:
    async with staged(database, {"per_minute": 3}) as stage:
        for _ in range(3):
            await stage.send(heard(stage))
        assert await failing(stage) == ("slow_down", "rate", 60)
        stage.clock.move(minutes=1)
        await stage.send(heard(stage))


@pytest.fixture
def pictured(tmp_path: Path) -> Path:
    """Give a folder with one picture."""
    (tmp_path / "phone_home.png").write_bytes(b"\x89PNG")
    return tmp_path


SHOWN = Reply("Bước 1", STEP, card="phone_home")


async def test_a_picture_is_uploaded_once_and_again_before_it_expires(database: Database, pictured: Path) -> None:
    async with staged(database, pictures=pictured) as stage:
        for days, uploaded in ((0, 1), (5.9, 1), (0.2, 2)):
            stage.clock.move(days=days)
            person = heard(stage)
            await stage.send(person, SHOWN)
            assert len(stage.fake.uploads) == uploaded
            picture, text = person.messages[-2:]
            element = picture["attachment"]["payload"]["elements"][0]
            assert element == {"media_type": "image", "attachment_id": f"att-{uploaded - 1}"}
            assert text["text"] == "Bước 1"


async def test_a_picture_zalo_has_lost_is_uploaded_anew(database: Database, pictured: Path) -> None:
    async with staged(database, pictures=pictured) as stage:
        await stage.send(heard(stage), SHOWN)
        stage.fake.uploads.clear()
        stage.fake.uploads["another"] = stage.clock.now
        await stage.send(heard(stage), SHOWN)
        assert [bool(buttons_of(message)) for message in stage.fake.person().messages] == [False, True] * 2


async def test_without_its_picture_a_step_is_sent_all_the_same(database: Database, pictured: Path) -> None:
    (pictured / "phone_home.png").write_bytes(b"x" * 1_100_000)
    async with staged(database, pictures=pictured) as stage:
        await stage.send(heard(stage), SHOWN)
        await stage.send(heard(stage), Reply("Bước 2", card="not_drawn"))
        assert stage.fake.person().texts == ["Bước 1", "Bước 2"]


async def test_a_picture_is_not_sent_twice_when_its_text_is_tried_again(database: Database, pictured: Path) -> None:
    async with staged(database, pictures=pictured) as stage:
        stage.fake.mishaps.extend([Mishap(), Mishap(502, HTML)])
        person = heard(stage)
        with pytest.raises(SendFailed):
            await stage.send(person, SHOWN)
        await stage.send(person, SHOWN)
        assert [bool(buttons_of(message)) for message in person.messages] == [False, True]


async def test_the_token_travels_in_its_own_header_only(database: Database) -> None:
    async with staged(database) as stage:
        await stage.send(heard(stage), HI)
        stage.fake.access = "another"
        stage.fake.refresh = "another"
        assert (await failing(stage))[:2] == ("slow_down", "no token")
