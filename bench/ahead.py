"""`hocvuso serve` by a clock that is so many seconds ahead, for trials that must not wait for the right hour."""

import asyncio
import datetime as dt
import sys

import bot.app
from bot.settings import Settings


def main() -> None:
    """Serve; the one clock of the program is changed before anybody takes it."""
    ahead = dt.timedelta(seconds=float(sys.argv[1]))
    bot.app.now = lambda: dt.datetime.now(dt.UTC) + ahead
    from bot.server import serve

    asyncio.run(serve(Settings()))


if __name__ == "__main__":
    main()
