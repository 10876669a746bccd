"""Pictures for channels that send them, from a folder."""

from pathlib import Path

from bot.channels.base import PictureOf
from handlers.messages import Reply


def found_in(folder: Path) -> PictureOf:
    """Return what finds a reply's card among the files of a folder."""

    async def picture_of(reply: Reply) -> Path | None:
        file = folder / f"{reply.card}.png"
        return file if reply.card and file.is_file() else None

    return picture_of
