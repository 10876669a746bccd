"""Questions on the command line: what the bank makes of one."""

import json
from typing import Any

from bot.app import opened
from bot.content import bank_of
from bot.reports import Outcome, say
from bot.settings import Settings
from content.reading import ContentError
from faq.bank import Match
from faq.clusters import clusters
from storage.neighbourhoods import ward_of
from storage.questions import all_unanswered


def ask_bank(settings: Settings, text: str, as_json: bool) -> Outcome:
    """Return what the bank makes of a question: in words, or as JSON."""
    try:
        bank = bank_of(settings)
    except ContentError as error:
        return str(error), 1
    match = bank.match(text)
    if not as_json:
        return say("questions.asked", match=match), 0
    answer = match.entries[0].entry.answer if match.action == "answer" else None
    return json.dumps({**prediction(match), "answer": answer}, ensure_ascii=False), 0


async def show_unanswered(settings: Settings, as_json: bool) -> Outcome:
    """Return the questions nobody could answer, those alike put together, the most frequent first."""
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        questions = await database.read(all_unanswered, ward.id)
    found = clusters((question.text, question.times) for question in questions)
    if not as_json:
        return say("questions.unanswered", clusters=found), 0
    rows = [
        {
            "times": sum(times for _, times in cluster),
            "questions": [{"text": text, "times": times} for text, times in cluster],
        }
        for cluster in found
    ]
    return json.dumps(rows, ensure_ascii=False), 0


def prediction(match: Match) -> dict[str, Any]:
    """Return a match as it is written down: topics best first, how sure, and what is done."""
    return {"topics": list(match.topics), "score": round(match.sureness, 4), "action": match.action}
