"""Reminding in the office: all campaigns, a new one, its preview, approving and stopping it, the receipt."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from handlers import reminder
from handlers.campaign import GRACE, end_of
from office.campaign_form import AUDIENCES, EVENTS, Form, Wrong, read, times
from office.desk import Desk, Page, Visit
from office.effect import difference
from office.gate import HOME
from storage import campaigns
from storage.campaigns import LIFE, expected
from storage.coverage import places_of
from storage.receipts import EFFECT_AFTER, Receipt, effect, of_series, of_ward, receipt

REMINDING = f"{HOME}/nhac-bai"
SHOWN = 30
MOST_FIELDS = 2100
"""As many as a ward has neighbourhoods to tick."""


@dataclass(frozen=True, slots=True)
class CampaignDesk:
    """The pages of reminding."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(REMINDING, "see", self.show),
            Page(f"{REMINDING}/moi", "ask", self.begin),
            Page(f"{REMINDING}/moi", "ask", self.draft, "POST", most_fields=MOST_FIELDS),
            Page(f"{REMINDING}/{{number}}", "see", self.show_one),
            Page(f"{REMINDING}/{{number}}/duyet", "change", self.approve, "POST"),
            Page(f"{REMINDING}/{{number}}/huy", "change", self.cancel, "POST"),
            Page(f"{REMINDING}/{{number}}/lai", "change", self.reopen, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """List the latest campaigns with their progress."""
        house = self.desk.house
        found = await house.database.report(of_ward, house.ward.id, SHOWN)
        await self.desk.note(visit, "saw", REMINDING)
        places = await self._places()
        lines = [(one, reminder.title_of(house, one.topic), self._where(one, places)) for one in found]
        return self.desk.page("campaigns", visit, lines=lines, most=SHOWN)

    async def begin(self, visit: Visit) -> Response:
        """Show the form of a new campaign."""
        return await self._form(visit, Form())

    async def draft(self, visit: Visit) -> Response:
        """Write a campaign down, to be looked at and approved."""
        form, house = Form.of(visit.form), self.desk.house
        places = {identity: code for identity, (code, _) in (await self._places()).items()}
        try:
            written = read(form, house, places, self.desk.target, self.desk.clock())
        except Wrong as wrong:
            return await self._form(visit, form, str(wrong))
        number = await house.database.write(campaigns.draft, written, self.desk.clock())
        await self.desk.note(visit, "drafted", f"{number} {form.topic}")
        return RedirectResponse(f"{REMINDING}/{number}", 303)

    async def show_one(self, visit: Visit) -> Response:
        """Show a campaign: before it starts as residents will see it, afterwards what became of it."""
        house, number = self.desk.house, _number(visit)
        found = await house.database.report(receipt, house.ward.id, number)
        if found is None:
            return self.desk.page("problem", visit, 404, name="no_campaign")
        await self.desk.note(visit, "saw", f"{REMINDING}/{number}")
        lesson = house.library.get(found.topic)
        said = reminder.replies(house.speech, house.library, found.topic)
        values = {
            "one": found,
            "title": reminder.title_of(house, found.topic),
            "where": self._where(found, await self._places()),
            "said": said,
            "ahead": await self._ahead(found) if found.status in ("draft", "approved") else {},
            "can_reopen": await house.database.read(campaigns.can_reopen, house.ward.id, number),
            "worth": await self._worth(found),
            "series": await house.database.report(of_series, house.ward.id, found.series_id, SHOWN),
            "forward": house.speech.say("campaign.forwarded", lesson=lesson, code=""),
        }
        return self.desk.page("campaign", visit, **values)

    async def approve(self, visit: Visit) -> Response:
        """Let a campaign leave at its time, in five minutes at the earliest."""
        house, number = self.desk.house, _number(visit)
        earliest = house.hours.following(self.desk.clock() + GRACE)
        if await house.database.write(campaigns.approve, house.ward.id, number, earliest):
            await self.desk.note(visit, "approved", str(number))
        return RedirectResponse(f"{REMINDING}/{number}", 303)

    async def cancel(self, visit: Visit) -> Response:
        """Stop a campaign with all that would follow from it."""
        house, number = self.desk.house, _number(visit)
        if await house.database.write(campaigns.cancel_series, house.ward.id, number, self.desk.clock()):
            await self.desk.note(visit, "cancelled", str(number))
        return RedirectResponse(f"{REMINDING}/{number}", 303)

    async def reopen(self, visit: Visit) -> Response:
        """Take the cancelling of a campaign back; it waits to be approved again."""
        house, number = self.desk.house, _number(visit)
        if await house.database.write(campaigns.reopen, house.ward.id, number):
            await self.desk.note(visit, "reopened", str(number))
        return RedirectResponse(f"{REMINDING}/{number}", 303)

    async def _form(self, visit: Visit, form: Form, problem: str = "") -> Response:
        house = self.desk.house
        lessons = sorted(house.library, key=lambda lesson: not lesson.core)
        values = {
            "form": form,
            "problem": problem,
            "events": [(topic, reminder.title_of(house, topic)) for topic in EVENTS],
            "lessons": lessons,
            "audiences": AUDIENCES,
            "places": await self._places(),
            "times": times(house.hours),
        }
        return self.desk.page("campaign_form", visit, 422 if problem else 200, **values)

    async def _ahead(self, found: Receipt) -> dict[str, Any]:
        """Return what is to be expected: how many by which way, who not and why, until when, for how much."""
        house, now = self.desk.house, self.desk.clock()
        counts, ways = await house.database.report(expected, found.aim, now, house.ways)
        count = counts.pop("waiting", 0)
        held = round(count * found.held_out_percent / 100)
        starts = house.hours.following(
            max(found.starts_at, now + GRACE) if found.status == "draft" else found.starts_at
        )
        ends = end_of(house.hours, starts, ways)
        prices = {"zalo_oa_paid": house.ways.paid_price, "zalo_oa_template": house.ways.template_price}
        costs = [(way, ways[way], price) for way, price in prices.items() if ways.get(way)]
        about = {"count": count, "held": held, "ways": ways, "reasons": counts, "costs": costs}
        return {**about, "starts": starts, "ends": ends, "late": ends > starts + LIFE}

    async def _worth(self, found: Receipt) -> dict[str, Any]:
        """Return what reminding was worth, once a week has gone by and where some were held out."""
        over = found.starts_at + EFFECT_AFTER
        if found.second or not found.counts.get("held_out") or found.status == "cancelled":
            return {}
        if self.desk.clock() < over:
            return {"at": over}
        reminded, held = await self.desk.house.database.report(effect, found)
        return {"reminded": reminded, "held": held, "gain": difference(reminded, held)}

    async def _places(self) -> dict[int, tuple[str, str]]:
        """Return code and name of each neighbourhood by its id, in the office's order."""
        found = await self.desk.house.database.read(places_of, self.desk.house.ward.id)
        return {identity: (place.code, place.name) for identity, place in found.items()}

    def _where(self, found: Receipt, places: dict[int, tuple[str, str]]) -> list[str]:
        """Return the names of the neighbourhoods meant, none for the whole ward."""
        meant = [found.aim.neighbourhood_id] if found.aim.neighbourhood_id else found.aim.places
        return [places[identity][1] for identity in meant if identity in places]


def _number(visit: Visit) -> int:
    """Return the number of the address; 0, which no campaign has, when it is none."""
    typed = str(visit.request.path_params["number"])
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
