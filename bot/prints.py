"""What the command line draws for the office to print and forward: cards and posters."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.app import opened
from bot.content import library_of
from bot.pictures import cards_of
from bot.reports import Outcome, say
from bot.served import doors_of
from bot.settings import Settings
from content.reading import ContentError
from office.cards import drawn
from office.posters import poster
from office.typesetting import Unprintable
from storage.neighbourhoods import Neighbourhood, all_of, ward_of

Tell = Callable[[str], None]
"""Shows how far the work has come."""


def make_cards(settings: Settings, topic: str, folder: Path, tell: Tell) -> Outcome:
    """Draw the cards of one lesson, or of all, into a folder; say how many, and which cannot be drawn."""
    try:
        library = library_of(settings)
    except ContentError as error:
        return str(error), 1
    if topic and library.get(topic) is None:
        return say("prints.unknown_lesson", topic=topic, lessons=list(library)), 2
    cards = cards_of(settings, library)
    wanted = list(cards.all(topic))
    refused = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for done, (card, file) in enumerate(drawn(cards, wanted), 1):
            if isinstance(file, Path):
                shutil.copyfile(file, folder / f"{card.topic}-{card.number}.png")
            else:
                refused.append((card, file))
            tell(say("prints.drawing", done=done, of=len(wanted)))
    except OSError as error:
        return say("prints.no_folder", reason=error.strerror), 1
    made = len(wanted) - len(refused)
    return say("prints.cards", made=made, folder=folder, refused=refused), 1 if refused else 0


async def make_posters(settings: Settings, code: str, folder: Path) -> Outcome:
    """Make the poster of one neighbourhood, or of each, in a folder; say how many, and what is missing."""
    if not doors_of(settings).ways(""):
        return say("prints.no_doors"), 1
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        places = await database.read(all_of, ward.id)
    wanted = [place for place in places if code in ("", place.code)]
    if not wanted:
        return say("prints.unknown_place", code=code, places=places), 2
    return _posters(wanted, settings, folder)


def _posters(places: Sequence[Neighbourhood], settings: Settings, folder: Path) -> Outcome:
    doors = doors_of(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place in places:
            sheet = poster(place, settings.ward_name, doors, settings.ward_contact)
            (folder / f"{place.code}.pdf").write_bytes(sheet)
    except Unprintable as error:
        return say("prints.refused_poster", name=place.name, reason=str(error)), 1
    except OSError as error:
        return say("prints.no_folder", reason=error.strerror), 1
    return say("prints.posters", made=len(places), folder=folder, doors=doors), 0
