"""How many durable turns a second the core takes, beside raw sqlite3 and beside the usual bot, in the same run."""

import argparse
import asyncio
import json
import statistics
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.floor import raw_turns
from bench.usual_bot import usual_turns
from bot.app import build_core, now, opened
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound
from storage.neighbourhoods import NeighbourhoodRow, save

RESIDENTS = 32
TOPIC = "smartphone_basic"
JOINING = ("/start kp1", "1", "1", "1", "2")


async def our_turns(path: Path, turns: int) -> float:
    """Return turns a second of the whole core: seen-check, lesson step, facts, reply queued, all on the disk."""
    async with opened(Settings(database_url=f"sqlite:///{path}", ward_code="do", _env_file=None)) as database:
        core = await build_core(Settings(_env_file=None), database)
        await database.write(save, core.house.ward.id, [NeighbourhoodRow("kp1", "Khu phố 1", 100, "", None)])
        await asyncio.gather(*(_converse(core, number, JOINING) for number in range(RESIDENTS)))
        each = turns // RESIDENTS
        steps = [f"/lesson {TOPIC} {step % 5 + 1}" for step in range(each)]
        begun = time.perf_counter()
        await asyncio.gather(*(_converse(core, number, steps) for number in range(RESIDENTS)))
        return each * RESIDENTS / (time.perf_counter() - begun)


_events = count()


async def _converse(core: Core, resident: int, lines: tuple[str, ...] | list[str]) -> None:
    """Say all lines, each after the answer to the one before."""
    for line in lines:
        inbound = Inbound("bench", "", str(resident), str(next(_events)), line, now(), immediate=False)
        assert await core.answer(inbound)


def main() -> None:
    """Run the three in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--turns", type=int, default=6400)
    options = parser.parse_args()
    floor, ours, usual = [], [], []
    for _ in range(options.runs):
        with TemporaryDirectory(dir=".") as folder:  # a real disk: temporary folders may lie in memory
            floor.append(raw_turns(Path(folder) / "floor.sqlite3", options.turns))
            ours.append(uvloop.run(our_turns(Path(folder) / "ours.sqlite3", options.turns)))
            usual.append(asyncio.run(usual_turns(Path(folder) / "usual.sqlite3", options.turns // 6)))
    print(json.dumps(_figures(floor, ours, usual)))


def _figures(floor: list[float], ours: list[float], usual: list[float]) -> dict[str, float]:
    middle_floor, middle_ours, middle_usual = map(statistics.median, (floor, ours, usual))
    return {
        "floor_tx_s": round(middle_floor),
        "ours_tx_s": round(middle_ours),
        "ratio_floor": round(middle_ours / middle_floor, 2),
        "usual_bot_tx_s": round(middle_usual),
        "ratio_usual": round(middle_ours / middle_usual, 1),
    }


if __name__ == "__main__":
    main()
