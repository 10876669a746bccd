"""Questions nobody could answer, and those a helper answered: made into entries of the ward's own, or put aside."""

import asyncio
import datetime as dt
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from content.reading import ContentError
from faq.bank import Asked, read_topic
from faq.clusters import clusters
from faq.composing import Composed, phrasings, topic_file, without, written
from faq.model import ANSWER_CHARACTERS, FEWEST_PHRASINGS, MOST_PHRASINGS
from office.cells import Complaint
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.help_desk import number_of
from office.neighbourhood_sheet import day_of, explained
from storage import help_requests, questions

QUESTIONS = f"{HOME}/hoi"
MOST_CLUSTERS = 100
MOST_ASIDE = 50
OWN_TOPIC = "ward_office"
"""The topic of what only this ward is asked."""
USUAL_DAYS = 182
"""Until an answer is looked at again, where the officer does not say otherwise."""
FAR = dt.date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an answer as it is shown: prefilled, or as it was typed."""

    number: int = 0  # of the help request it comes from; 0: from a cluster
    head: str = ""  # the first question of the cluster
    topic: str = OWN_TOPIC
    ask: str = ""
    answer: str = ""
    source: str = ""
    published: str = ""
    link: str = ""
    checked: str = ""
    check_again: str = ""


@dataclass(frozen=True, slots=True)
class QuestionsDesk:
    """The pages of questions."""

    desk: Desk
    own: Path | None  # where the ward keeps its own questions

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(QUESTIONS, "see", self.show),
            Page(f"{QUESTIONS}/{{number}}/soan", "change", self.form),
            Page(f"{QUESTIONS}/soan", "change", self.compose, "POST"),
            Page(f"{QUESTIONS}/bo", "change", self.put_aside, "POST"),
            Page(f"{QUESTIONS}/lai", "change", self.put_back, "POST"),
            Page(f"{QUESTIONS}/rut", "change", self.withdraw, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show the questions, those alike put together, the most frequent first."""
        await self.desk.note(visit, "saw", QUESTIONS)
        house = self.desk.house
        answered = await house.database.read(help_requests.answered, house.ward.id)
        aside = await house.database.read(questions.aside, house.ward.id, MOST_ASIDE)
        asked = visit.request.query_params
        done = {"done": asked.get("xong", ""), "number": asked.get("so", ""), "head": asked.get("cau", "")}
        found = (await self._clusters())[:MOST_CLUSTERS]
        kept = await asyncio.to_thread(self._kept)
        values = {"clusters": found, "answered": answered, "aside": aside, "kept": kept}
        return self.desk.page("questions", visit, **values, **done)

    async def form(self, visit: Visit) -> Response:
        """Show the form of an answer, prefilled from a cluster or from what a helper answered."""
        number, head = visit.request.path_params["number"], visit.request.query_params.get("cau")
        await self.desk.note(visit, "saw", visit.request.url.path)
        today = self.desk.today
        fresh = Form(checked=_day(today), check_again=_day(today + dt.timedelta(days=USUAL_DAYS)))
        cluster = next((one for one in await self._clusters() if one[0][0] == head), [])
        if cluster:
            lines = "\n".join(text for text, _ in cluster[:MOST_PHRASINGS])
            return self._form(visit, replace(fresh, head=cluster[0][0], ask=lines))
        house = self.desk.house
        answered = await house.database.read(help_requests.answered, house.ward.id)
        one = next((one for one in answered if str(one.id) == number), None)
        if one is None:
            return self._form(visit, fresh)
        answer = " ".join(one.answer.split())[:ANSWER_CHARACTERS]
        return self._form(visit, replace(fresh, number=one.id, ask=one.question, answer=answer))

    async def compose(self, visit: Visit) -> Response:
        """Keep the entry in the ward's own file, or give the file away; what is wrong is said, and nothing is lost."""
        fields = ("head", "topic", "ask", "answer", "source", "published", "link", "checked", "check_again")
        form = Form(number_of(visit), *(visit.typed(name).replace("\r", "").strip() for name in fields))
        topic = form.topic if form.topic in self._topics() else OWN_TOPIC
        own = self.own if self.own and visit.typed("do") == "keep" and _writable(self.own) else None
        try:
            dates = day_of(form.checked, self.desk.today), day_of(form.check_again, FAR)
            checked, check_again = dates[0] or self.desk.today, dates[1] or self.desk.today
            answer, source = (" ".join(text.split()) for text in (form.answer, form.source))
            ask = phrasings(form.ask.split("\n"))
            told = (_published(form.published, self.desk.today), form.link, checked, check_again)
            composed = Composed(topic, ask, answer, source, *told)
            names = {asked.entry.name for asked in self.desk.house.bank if asked.topic == topic}
            text = await asyncio.to_thread(_made, composed, own, names)
        except Complaint as complaint:
            return self._form(visit, form, explained(complaint), 422)
        except ContentError as error:
            return self._form(visit, form, str(error), 422)
        except OSError:
            return self._form(visit, form, "", 422, unwritable=True)
        await self.desk.note(visit, "composed", topic)
        if own is None:
            attached = {"content-disposition": f'attachment; filename="{topic}.yaml"'}
            return Response(text, headers=attached, media_type="application/yaml")
        await self._set_aside(form.number, form.head)
        return RedirectResponse(f"{QUESTIONS}?xong=soan", 303)

    async def put_aside(self, visit: Visit) -> Response:
        """Take a cluster, or an answered question, off the list."""
        number, head = number_of(visit), visit.typed("head")
        await self._set_aside(number, head)
        await self.desk.note(visit, "set_aside")
        return RedirectResponse(f"{QUESTIONS}?{urlencode({'xong': 'bo', 'so': number, 'cau': head})}", 303)

    async def put_back(self, visit: Visit) -> Response:
        """Put a cluster, or an answered question, that was put aside back on the list."""
        house, number = self.desk.house, number_of(visit)
        if number:
            done = await house.database.write(help_requests.use, house.ward.id, number, None)
        else:
            done = bool(await house.database.write(questions.put_back, house.ward.id, visit.typed("head")))
        if done:
            await self.desk.note(visit, "put_back")
        return RedirectResponse(f"{QUESTIONS}?xong=lai", 303)

    async def withdraw(self, visit: Visit) -> Response:
        """Take an entry of the ward's own out of use; whoever asks is no longer answered so."""
        found = next((one for one in await asyncio.to_thread(self._kept) if one.key == visit.typed("key")), None)
        if found and self.own and _writable(self.own):
            await asyncio.to_thread(_withdrawn, found, self.own)
            await self.desk.note(visit, "withdrew", found.topic)
        return RedirectResponse(f"{QUESTIONS}?xong=rut", 303)

    def _kept(self) -> list[Asked]:
        """Return the ward's own entries that can be read."""
        if not (self.own and self.own.is_dir()):
            return []
        found = []
        for file in sorted(self.own.glob("*.yaml")):
            with suppress(ContentError):
                found += read_topic(file)
        return found

    async def _set_aside(self, number: int, head: str) -> None:
        house = self.desk.house
        if number:
            await house.database.write(help_requests.use, house.ward.id, number, self.desk.clock())
        cluster = next((one for one in await self._clusters() if one[0][0] == head), [])
        if cluster:
            texts = [text for text, _ in cluster]
            await house.database.write(questions.set_aside, house.ward.id, texts, self.desk.clock())

    async def _clusters(self) -> list[list[tuple[str, int]]]:
        house = self.desk.house
        found = await house.database.read(questions.all_unanswered, house.ward.id)
        return await asyncio.to_thread(clusters, [(question.text, question.times) for question in found])

    def _topics(self) -> dict[str, str]:
        """Return what the topics an answer may belong to are called."""
        house = self.desk.house
        titles = {asked.topic: asked.entry.ask[0] for asked in reversed([*house.bank]) if asked.in_scope}
        titles |= {lesson.topic: lesson.title for lesson in house.library}
        return dict(sorted(titles.items(), key=lambda pair: pair[1])) | {OWN_TOPIC: ""}

    def _form(
        self, visit: Visit, form: Form, problem: str = "", status: int = 200, unwritable: bool = False
    ) -> Response:
        limits = {"fewest": FEWEST_PHRASINGS, "most": MOST_PHRASINGS, "longest": ANSWER_CHARACTERS}
        keeps = _writable(self.own) and not unwritable
        about = {"problem": problem, "unwritable": unwritable, "keeps": keeps}
        return self.desk.page("compose", visit, status, form=form, topics=self._topics(), **limits, **about)


def _published(typed: str, today: dt.date) -> str:
    """Return the date of a source as files have it; a day may be typed as everywhere else in the office."""
    day = day_of(typed, today) if "/" in typed else None
    return day.isoformat() if day else typed


def _made(composed: Composed, own: Path | None, names: set[str]) -> str:
    """Return the file with the new entry; kept where the ward keeps its own, if that is named."""
    text = written(topic_file(composed, own, names))
    if own:
        own.mkdir(parents=True, exist_ok=True)
        _keep(text, composed.topic, own)
    return text


def _withdrawn(asked: Asked, own: Path) -> None:
    """Write the file again without an entry, or delete it with its last one."""
    left = without(asked.topic, asked.entry.name, own)
    if left is None:
        (own / f"{asked.topic}.yaml").unlink(missing_ok=True)
    else:
        _keep(written(left), asked.topic, own)


def _keep(text: str, topic: str, own: Path) -> None:
    """Put a file in its place in one step, so that nobody reads half of it."""
    new = own / f".{topic}.new"
    new.write_text(text, encoding="utf-8")
    new.replace(own / f"{topic}.yaml")


def _writable(folder: Path | None) -> bool:
    """Return whether files can be kept there, or the folder made."""
    if folder is None:
        return False
    there = folder if folder.exists() else folder.parent
    return there.is_dir() and os.access(there, os.W_OK)


def _day(date: dt.date) -> str:
    return f"{date.day}/{date.month}/{date.year}"
