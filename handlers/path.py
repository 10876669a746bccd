"""Paths: a few lessons in order, for whoever does not want to choose among all of them."""

from handlers import lesson, progress
from handlers.messages import Reply
from handlers.turn import Turn
from storage.facts import PathChosen


async def choose(turn: Turn, *_: str) -> Reply:
    """Offer the paths, or the lessons where there are none."""
    paths = turn.house.library.paths
    if not paths:
        return await lesson.choose(turn)
    choices = [turn.choice("path.listed", f"/path {path.audience}", title=path.title) for path in paths.values()]
    return Reply(turn.say("path.choose", paths=list(paths.values())), turn.ways(*choices))


async def show(turn: Turn, audience: str = "", *_: str) -> Reply:
    """Show a path, which is the resident's from now on; without a name their own, or all to choose from."""
    path = turn.house.library.paths.get(audience or turn.known.path or "")
    if path is None:
        return await choose(turn)
    if audience and audience != turn.known.path:
        turn.note(PathChosen(audience))
    learnt = await progress.record(turn)
    offered = {lesson.topic: lesson for lesson in progress.open_lessons(turn, learnt)}
    lessons = [offered[topic] for topic in path.topics if topic in offered]
    left = [lesson for lesson in lessons if not learnt.has(lesson.topic)]
    marked = [(lesson.title, learnt.has(lesson.topic)) for lesson in lessons]
    choices = []
    if left:
        label = "progress.resume" if learnt.step(left[0].topic) else "progress.begin"
        choices.append(turn.choice(label, f"/lesson {left[0].topic}", title=left[0].title))
    choices.append(turn.choice("path.other", "/paths"))
    return Reply(turn.say("path.show", path=path, lessons=marked, left=len(left)), turn.ways(*choices))
