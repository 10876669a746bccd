"""Progress: the menu, what has been learnt, and what comes next."""

from dataclasses import replace

from handlers import due
from handlers.messages import Reply
from handlers.turn import Turn
from lessons.model import Lesson
from storage.help_requests import open_in
from storage.learning import Record, record_of
from storage.team import member_of

FOR_ALL = frozenset({"everyone", "elderly"})
"""The audiences whose lessons are suggested; others find theirs in the list."""


async def menu(turn: Turn, *_: str, before: str = "") -> Reply:
    """Offer the ways on, the lesson under way first; `before` is said first."""
    learnt = await record(turn)
    choices = []
    following = next_lesson(turn, learnt)
    if following:
        label = "progress.resume" if learnt.step(following.topic) else "progress.begin"
        choices.append(turn.choice(label, f"/lesson {following.topic}", title=following.title))
    if again := await due.due_topic(turn, learnt):
        choices.append(turn.choice("refresh.offer", f"/refresh {again.topic}", title=again.title))
    choices.append(turn.choice("progress.lessons", "/lessons"))
    if turn.house.library.paths:
        choices.append(turn.choice("path.mine", "/path"))
    choices.append(turn.choice("scam.menu", "/scam"))
    if turn.known.counted:
        choices.append(turn.choice("progress.results", "/results"))
    else:
        choices.append(turn.choice("start.agree_after_all", "/consent"))
    choices.append(turn.choice("progress.my_data", "/mydata"))
    if member := await turn.read(member_of, turn.known.conversation_id):
        asking = len(await turn.read(open_in, member.neighbourhood_id))
        choices.append(turn.choice("team.work", "/team", asking=asking))
    text = turn.say("progress.menu", following=following)
    return Reply(f"{before}\n\n{text}" if before else text, (*choices, turn.person()))


async def rest(turn: Turn, *_: str) -> Reply:
    """Let somebody rest who is tired or busy, and say how to go on another day."""
    return replace(await menu(turn), text=turn.say("progress.rest", kept=turn.known.counted))


async def results(turn: Turn, *_: str) -> Reply:
    """Show which skills the resident has, and which are left."""
    if turn.known.resident_id is None:
        return Reply(turn.say("progress.not_recorded"), turn.ways(turn.choice("start.agree_after_all", "/consent")))
    learnt = await record(turn)
    lessons = [(lesson.title, learnt.has(lesson.topic)) for lesson in turn.house.library if lesson.core]
    following = next_lesson(turn, learnt)
    choices = []
    if following:
        label = "progress.resume" if learnt.step(following.topic) else "progress.go_on"
        choices.append(turn.choice(label, f"/lesson {following.topic}", title=following.title))
    if turn.known.counted and any(map(learnt.has, learnt.grades)):
        choices.append(turn.choice("certificate.get", "/certificate"))
    text = turn.say("progress.result_list", lessons=lessons, done=sum(done for _, done in lessons))
    return Reply(text, turn.ways(*choices))


def open_lessons(turn: Turn, learnt: Record) -> list[Lesson]:
    """Return the lessons that may be offered; those past their date to be checked only to whoever has begun them."""
    return [lesson for lesson in turn.house.library if lesson.check_again > turn.today or learnt.began(lesson.topic)]


async def record(turn: Turn) -> Record:
    """Return what the resident has learnt; nothing is known of those who did not agree."""
    if turn.known.resident_id is None:
        return Record()
    return await turn.read(record_of, turn.known.resident_id)


def next_lesson(turn: Turn, learnt: Record, besides: str = "") -> Lesson | None:
    """Return the lesson under way, else the next of the path chosen, else a core one, else one meant for everybody."""
    left = {lesson.topic: lesson for lesson in open_lessons(turn, learnt) if not learnt.has(lesson.topic)}
    left.pop(besides, None)
    under_way = [position.topic for position in learnt.positions if position.topic in left]
    if under_way:
        return left[under_way[0]]
    path = turn.house.library.paths.get(turn.known.path or "")
    for topic in path.topics if path else ():
        if topic in left:
            return left[topic]
    core_first = sorted(left.values(), key=lambda lesson: not lesson.core)
    return next((lesson for lesson in core_first if not FOR_ALL.isdisjoint(lesson.audience)), None)
