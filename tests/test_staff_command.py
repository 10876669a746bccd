"""`hocvuso staff`: the way in for the first clerk, and out for anybody."""

import datetime as dt
import re

from bot.settings import Settings
from bot.staff import add, revoke, show
from tests.dialogue import NOON


def settings(url: str) -> Settings:
    return Settings(_env_file=None, database_url=url, public_url="https://hoc.vn")


async def test_the_first_clerk_is_invited_listed_and_revoked_on_the_command_line(database_url: str) -> None:
    own, clock = settings(database_url), lambda: NOON
    assert "hocvuso staff add" in (await show(own, clock))[0]
    told, code = await add(own, " Lan  Anh ", "office", clock)
    assert code == 0
    assert re.search(r"^  https://hoc\.vn/van-phong/moi/[\w-]{43}$", told, re.MULTILINE)
    assert "Lan Anh  cán bộ văn phòng  đã mời, chưa vào" in (await show(own, clock))[0]
    assert "Lan Anh" not in (await show(own, lambda: NOON + dt.timedelta(days=2)))[0]
    assert (await revoke(own, "Lan Anh", clock))[1] == 0
    assert "Lan Anh" not in (await show(own, clock))[0]


async def test_what_cannot_be_done_is_said(database_url: str) -> None:
    own = settings(database_url)
    for name, role in (("", "office"), ("x" * 61, "view"), ("lan", "boss")):
        told, code = await add(own, name, role)
        assert code == 2
        assert "office (cán bộ văn phòng), lead (tổ trưởng), view (người xem)." in told
    told, code = await revoke(own, "ai đó")
    assert code == 1
    assert "«ai đó»" in told
