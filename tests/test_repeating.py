"""Work in the background: it goes on whatever fails, and ends with the program."""

import asyncio

import pytest

from bot.repeating import repeating


async def test_what_fails_is_tried_again_and_keeps_nothing_else_from_being_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done: list[str] = []
    thrice = asyncio.Event()

    async def failing() -> None:
        done.append("failing")
        raise ValueError("what a resident wrote")

    async def working() -> None:
        done.append("working")
        if done.count("working") == 3:
            thrice.set()

    async with repeating(0, failing, working):
        await asyncio.wait_for(thrice.wait(), 5)
    assert done[:6] == ["failing", "working"] * 3
    said = "".join(capsys.readouterr())
    assert "ValueError" in said
    assert "what a resident wrote" not in said
    count = len(done)
    await asyncio.sleep(0.01)
    assert len(done) == count  # nobody goes on behind the end
