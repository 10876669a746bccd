"""Messages on the command line: what the scam checker makes of one."""

import json
from typing import Any

from bot.reports import Outcome, say
from faq.scam import judge


def judge_message(text: str, as_json: bool) -> Outcome:
    """Return what the scam checker makes of a message: in words, or as JSON."""
    verdict = judge(text)
    if as_json:
        return json.dumps({**prediction(text), "kind": verdict.kind, "topic": verdict.topic}, ensure_ascii=False), 0
    return say("messages.judged", verdict=verdict), 0


def prediction(text: str) -> dict[str, Any]:
    """Return level, score and quoted phrases, as programs read them."""
    verdict = judge(text)
    return {"level": verdict.level, "score": verdict.score, "evidence": [seen.phrase for seen in verdict.evidence]}
