"""A reminder as residents see it, and the way it leads."""

from handlers import due, lesson, progress, refresh
from handlers.messages import Choice, Reply
from handlers.speech import Speech
from handlers.turn import House, Turn
from lessons.library import Library
from storage.tables import CONTINUE, REFRESH

WORDINGS = 3
"""How many there are in texts/reminder.j2; they take turns."""


def replies(speech: Speech, library: Library, topic: str) -> list[Reply]:
    """Return every wording of a reminder: of a topic, to go on, to be asked again; none where the lesson is no more."""
    if not exists(library, topic):
        return []
    found = library.get(topic)
    choices = (Choice(speech.say("reminder.go_on"), way_of(topic)), Choice(speech.say("mydata.stop"), "/stop"))
    said = {"topic": topic, "title": found.title if found else ""}
    about = speech.say("reminder.about", **said)
    return [
        Reply(speech.say("reminder.said", number=number, **said), choices, about=about) for number in range(WORDINGS)
    ]


def exists(library: Library, topic: str) -> bool:
    """Return whether there is what a reminder is about; a lesson may be no more."""
    return topic in (CONTINUE, REFRESH) or library.get(topic) is not None


def way_of(topic: str) -> str:
    """Return the command that a reminder leads to."""
    return {CONTINUE: "/go_on", REFRESH: "/go_on refresh"}.get(topic, f"/lesson {topic}")


def title_of(house: House, topic: str) -> str:
    """Return in a few words what a reminder is about."""
    found = house.library.get(topic)
    return house.speech.say("reminder.about", topic=topic, title=found.title if found else "")


async def go_on(turn: Turn, what: str = "", *_: str) -> Reply:
    """Ask the question that is due, if it is about that; else show the lesson that is next; the menu without one."""
    learnt = await progress.record(turn)
    if what == REFRESH and (again := await due.due_topic(turn, learnt)):
        return await refresh.ask(turn, again.topic)
    following = progress.next_lesson(turn, learnt)
    return await (lesson.show(turn, following.topic) if following else progress.menu(turn))
