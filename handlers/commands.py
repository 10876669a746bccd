"""All commands: the table of contents of what the bot can do."""

from collections.abc import Mapping

from handlers import lesson, link, mydata, neighbourhood, progress, question, quiz, start
from handlers.turn import Handler

COMMANDS: Mapping[str, Handler] = {
    # joining
    "start": start.start,
    "consent": start.consent,
    "minor": start.minor,
    "count": start.count,
    "uncounted": start.uncounted,
    "remind": start.remind,
    "neighbourhoods": neighbourhood.pick,
    "named": neighbourhood.named,
    "confirm": neighbourhood.confirm,
    "place": neighbourhood.place,
    # learning
    "menu": progress.menu,
    "results": progress.results,
    "lessons": lesson.choose,
    "lesson": lesson.show,
    "quiz": quiz.ask,
    "answer": quiz.answer,
    # the resident's data
    "mydata": mydata.show,
    "stop": mydata.stop,
    "erase": mydata.erase,
    "link": link.link,
    "unlink": link.unlink,
    # everything else
    "ask": question.ask,
    "person": question.person,
    "again": question.again,
    "unreadable": question.unreadable,
    "stray": question.stray,
}
