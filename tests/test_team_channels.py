"""The jobs of a team member on every channel, through the real adapters and the fakes, with their taps counted."""

import datetime as dt
from dataclasses import replace

import pytest

from handlers.core import Core
from storage.database import Database
from storage.neighbours import add
from storage.team_facts import NeighbourAdded
from tests.dialogue import NOON, Resident, stored
from tests.test_all_channels import CHANNELS
from tests.test_team import invitation

SCAM = "Công an yêu cầu chuyển tiền vào tài khoản an toàn ngay"
MENU = ("viec cua to", "Việc của tổ – Khu phố 5")
JOBS = {
    "see the goal": (1, [("viec cua to", "Khu phố 5: 0/10 (0 %), còn 8 người nữa đạt 80 %")]),
    "see each skill, to pass it on": (2, [MENU, ("1", "Tính đến")]),
    "see who is left": (2, [MENU, ("2", "Bà Tư, tổ 3 – thiếu 1")]),
    "see what the week brought": (2, [MENU, ("3", "Tin tuần của Khu phố 5")]),
    "remind the neighbourhood": (
        4,
        [MENU, ("5", "nhắc khu mình"), ("3", "Người nhận sẽ thấy đúng như sau"), ("1", "Tổ số sẽ gửi lúc")],
    ),
    "open a class": (4, [MENU, ("4", "Mở lớp"), ("1", "học ở đâu"), ("1", "Đã mở lớp")]),
    "tick off who is there": (2, [("2", "Bấm từng người, hoặc gõ các số"), ("1;7-9", "Đã điểm danh: Bà Tư")]),
    "record an assisted completion": (
        6,
        [MENU, ("2", "Bà Tư"), ("1", "Hỏi bài: Bước đầu"), ("1", "câu 1/2"), ("1", "câu 2/2"), ("3", "Đã ghi")],
    ),
    "give somebody who has a phone now the code": (
        5,
        [MENU, ("2", "Cả người đã đủ bài"), ("2", "Bà Tư"), ("1", "nay tự nhắn"), ("1", "nối ")],
    ),
    "pass on a scam that goes round": (2, [(SCAM, "Đang xảy ra ở đây"), ("dang xay ra o day", "Văn phòng")]),
    "stop the week's news": (3, [MENU, ("3", "Thôi gửi tin"), ("3", "không gửi tin tuần")]),
}
"""What a member does, at most how many messages and taps it may take, and what is said and shown."""


@pytest.mark.parametrize("channel", ["web", "telegram", "zalo_oa", "zalo_bot"])
async def test_the_jobs_of_a_member_take_no_more_messages_than_promised(
    channel: str, core: Core, database: Database, database_url: str
) -> None:
    await Resident(core, "an", "telegram").join(remind="1")
    async with CHANNELS[channel](core, database_url) as say:
        await say(await invitation(core, at=dt.datetime.now(dt.UTC)))  # the fakes go by the real clock
        assert "tổ trưởng" in await say("1")
        [held] = (await stored(database))["members"]
        person = NeighbourAdded(held["id"], "Bà Tư", 1950, "tổ 3", "senior", "1")
        await database.write(add, held["neighbourhood_id"], person, "web", NOON)
        await database.write(add, held["neighbourhood_id"], replace(person, name="Ông Năm"), "web", NOON)
        for job, (most, said) in JOBS.items():
            assert len(said) <= most, job
            for typed, expected in said:
                shown = await say(typed)
                assert expected in plain(shown), (job, typed, shown)
    tables = await stored(database)
    assert [row["grade"] for row in tables["completions"]] == ["observed"]
    assert [len(tables[name]) for name in ("campaigns", "classes", "attendances", "link_codes")] == [1, 1, 1, 1]


def plain(text: str) -> str:
    """Return the text without how it is set in bold, which differs between channels."""
    for mark in ("<strong>", "</strong>", "<b>", "</b>", "**"):
        text = text.replace(mark, "")
    return text
