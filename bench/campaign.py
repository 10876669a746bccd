"""How long planning a campaign for a whole ward takes, with how much more memory, and whether the reminders add up."""

import argparse
import asyncio
import datetime as dt
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, func, insert, select, update

from bot.app import now, opened
from bot.settings import Settings
from storage import campaigns as planning
from storage.audience import Ways
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, save, ward_of
from storage.tables import campaigns, completions, conversations, positions, reminders, residents

TOPIC = "qr_pay"
PLACES = 300
PART = 3_000
"""Residents entered at once, so that filling needs little memory; a multiple of all the shares."""
CHANNELS = ("telegram", "zalo_oa", "zalo_bot", "web")


def fill(connection: Connection, ward_id: int, people: int, at: dt.datetime) -> None:
    """Enter adults: one in five not willing, one in four done, one in three begun, one in ten on two channels."""
    for first in range(1, people + 1, PART):
        _fill(connection, ward_id, range(first, min(first + PART, people + 1)), at)


def _fill(connection: Connection, ward_id: int, everyone: range, at: dt.datetime) -> None:
    connection.execute(
        insert(residents),
        [
            {
                "id": one,
                "ward_id": ward_id,
                "neighbourhood_id": one % PLACES + 1,
                "age_band": "senior" if one % 3 else "adult",
                "counted": True,
                "reminded": one % 5 != 0,
                "created_at": at,
            }
            for one in everyone
        ],
    )
    places = [(one, CHANNELS[one % 4]) for one in everyone] + [(one, CHANNELS[(one + 1) % 4]) for one in everyone[::10]]
    begun = {"account": "ours", "version": 1, "reply": "", "event": "", "started_at": at}
    connection.execute(
        insert(conversations),
        [
            {
                **begun,
                "channel": channel,
                "address": str(one),
                "resident_id": one,
                "seen_at": at - dt.timedelta(hours=one % 96 + 1),
            }
            for one, channel in places
        ],
    )
    reached = {"topic": TOPIC, "version": 1, "step": 1, "at": at}
    connection.execute(insert(positions), [{**reached, "resident_id": one} for one in everyone[::3]])
    passed = {"topic": TOPIC, "grade": "passed", "version": 1, "channel": "web", "at": at}
    connection.execute(insert(completions), [{**passed, "resident_id": one} for one in everyone[::4]])


def ask(connection: Connection, ward_id: int, at: dt.datetime) -> int:
    """Enter a campaign for the whole ward that starts now; return its id."""
    values = {"ward_id": ward_id, "topic": TOPIC, "topics": TOPIC, "audience": "not_passed", "status": "approved"}
    statement = insert(campaigns).values(**values, starts_at=at, created_at=at).returning(campaigns.c.id)
    asked: int = connection.execute(statement).scalar_one()
    return asked


def again(connection: Connection, campaign_id: int) -> None:
    """Let the campaign be planned once more from the beginning, as if the program had forgotten."""
    connection.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(status="approved", planned_to=0))


def figures(connection: Connection, campaign_id: int) -> tuple[int, int, int]:
    """Return how many reminders there are, for how many residents, and how many residents should have one."""
    theirs = select(func.count(), func.count(reminders.c.resident_id.distinct()))
    rows, people = connection.execute(theirs.where(reminders.c.campaign_id == campaign_id)).one()
    passed = select(completions.c.resident_id).where(completions.c.topic == TOPIC)
    meant = select(func.count()).select_from(residents).where(residents.c.id.not_in(passed))
    return rows, people, connection.execute(meant).scalar_one()


async def planned(database: Database, campaign_id: int) -> None:
    """Plan the campaign to its end, as the program does."""
    while await database.write(planning.plan, campaign_id, now(), Ways()):
        pass


async def measure(path: Path, people: int) -> dict[str, float]:
    """Return what is printed."""
    async with opened(Settings(database_url=f"sqlite:///{path}", _env_file=None)) as database:
        ward = await database.write(ward_of, "do", "Đo")
        rows = [NeighbourhoodRow(f"kp{one}", f"Khu phố {one}", 500, "", None) for one in range(PLACES)]
        await database.write(save, ward.id, rows)
        await database.write(fill, ward.id, people, now())
        campaign_id = await database.write(ask, ward.id, now())
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        await planned(database, campaign_id)
        seconds = time.perf_counter() - begun
        extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        first, _, meant = await database.read(figures, campaign_id)
        await database.write(again, campaign_id)
        await planned(database, campaign_id)
        second, reminded, _ = await database.read(figures, campaign_id)
    doubled = second - reminded + second - first
    return {
        "people": people,
        "plan_s": round(seconds, 2),
        "extra_mb": round(extra, 1),
        "doubled": doubled,
        "unaccounted": meant - first,
    }


def main() -> None:
    """Plan one campaign and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--people", type=int, default=0, help="126,000 to plan for, 10,000 to send to while killing")
    parser.add_argument("--kills", type=int, nargs="?", const=5, default=0, help="send, killing so often on the way")
    options = parser.parse_args()
    if options.kills:
        from bench.campaign_kills import trial

        print(json.dumps(asyncio.run(trial(options.people or 10_000, options.kills))))
        return
    with TemporaryDirectory(dir=".") as folder:
        print(json.dumps(asyncio.run(measure(Path(folder) / "campaign.sqlite3", options.people or 126_000))))


if __name__ == "__main__":
    main()
