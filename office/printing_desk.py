"""What the office prints, reads out and passes on: posters by neighbourhood, loudspeaker texts, messages and cards."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from zipfile import ZIP_STORED, ZipFile

from starlette.responses import Response

from lessons.model import Lesson
from office.cards import Cards
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.posters import Doors, poster
from office.typesetting import Unprintable
from storage.neighbourhoods import Neighbourhood, all_of

PRINTING = f"{HOME}/in-an"
PDF, ZIP = "application/pdf", "application/zip"


@dataclass(frozen=True, slots=True)
class Printing:
    """What prints are made from."""

    doors: Doors = field(default_factory=Doors)
    contact: str = ""
    cards: Cards | None = None


@dataclass(frozen=True, slots=True)
class PrintingDesk:
    """The pages of prints."""

    desk: Desk
    printing: Printing

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(PRINTING, "see", self.show),
            Page(f"{PRINTING}/ap-phich.zip", "export", self.take_posters),
            Page(f"{PRINTING}/ap-phich/{{code}}", "export", self.take_poster),
            Page(f"{PRINTING}/the/{{topic}}", "export", self.take_cards),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show what can be printed, and the texts of the lesson asked for, for the neighbourhood asked for."""
        library, given = self.desk.house.library, visit.request.query_params
        lesson = library.get(given.get("bai", "")) or next(iter(library), None)
        places = await self._places()
        place = next((place for place in places if place.code == given.get("noi", "")), None)
        ways = self.printing.doors.ways(place.code if place else "")
        return self.desk.page(
            "printing",
            visit,
            places=places,
            lessons=list(library),
            lesson=lesson,
            place=place,
            message=self._message(lesson, place) if lesson else "",
            doors=bool(ways),
            cards=self.printing.cards is not None,
        )

    async def take_poster(self, visit: Visit) -> Response:
        """Give the poster of a neighbourhood."""
        code = visit.request.path_params["code"]
        place = next((place for place in await self._places() if place.code == code), None)
        if place is None or not self.printing.doors.ways(""):
            return self.desk.page("problem", visit, 404, name="no_place")
        return await self._given(visit, f"ap-phich-{place.code}.pdf", PDF, lambda: self._poster(place))

    async def take_posters(self, visit: Visit) -> Response:
        """Give the posters of all neighbourhoods in one file."""
        places = await self._places()
        if not places or not self.printing.doors.ways(""):
            return self.desk.page("problem", visit, 404, name="no_place")
        made = {f"ap-phich-{place.code}.pdf": place for place in places}
        return await self._given(
            visit, "ap-phich.zip", ZIP, lambda: _zipped({name: self._poster(place) for name, place in made.items()})
        )

    async def take_cards(self, visit: Visit) -> Response:
        """Give the cards of a lesson in one file."""
        cards, topic = self.printing.cards, visit.request.path_params["topic"]
        if cards is None or self.desk.house.library.get(topic) is None:
            return self.desk.page("problem", visit, 404, name="no_lesson")
        wanted = list(cards.all(topic))
        return await self._given(
            visit,
            f"the-{topic}.zip",
            ZIP,
            lambda: _zipped({f"{topic}-{card.number}.png": cards.kept(card).read_bytes() for card in wanted}),
        )

    async def _given(self, visit: Visit, name: str, kind: str, make: Callable[[], bytes]) -> Response:
        """Give a file that takes a while to make; it is made on a thread."""
        try:
            content = await asyncio.to_thread(make)
        except (Unprintable, OSError):
            return self.desk.page("problem", visit, 503, name="no_print")
        await self.desk.note(visit, "exported", name)
        return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})

    def _poster(self, place: Neighbourhood) -> bytes:
        return poster(place, self.desk.house.ward.name, self.printing.doors, self.printing.contact)

    def _message(self, lesson: Lesson, place: Neighbourhood | None) -> str:
        """Return what a group is sent: one line about the lesson, and the links by which people come in."""
        ways = self.printing.doors.ways(place.code) if place else self.printing.doors.ways("")
        links = [way.link if place else way.link.removesuffix("/kp/") for way in ways[:1]]
        return "\n".join([lesson.group_message, *links])

    async def _places(self) -> list[Neighbourhood]:
        house = self.desk.house
        return list(await house.database.read(all_of, house.ward.id))


def _zipped(files: dict[str, bytes]) -> bytes:
    """Return the files in one; pictures and PDFs are small already."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_STORED) as packed:
        for name, made in files.items():
            packed.writestr(name, made)
    return content.getvalue()
