"""Evaluation: what the bank and the scam checker make of a file of questions or messages, and how right they are."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import bank_of
from bot.questions import prediction
from bot.reports import Outcome, say
from bot.settings import Settings
from content.reading import ContentError
from faq.figures import Judged, figures, scam_figures
from faq.scam import judge

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Bad:
    """A line that cannot be used."""

    number: int
    reason: str  # a name in texts/evaluation.j2


def evaluate_faq(settings: Settings, file: Path, out: Path) -> Outcome:
    """Write what the bank makes of each question; return the figures where the file tells what is right."""
    try:
        bank = bank_of(settings)
    except ContentError as error:
        return str(error), 1
    judged: list[Judged] = []

    def predict(row: Row) -> Row:
        made = prediction(bank.match(row["text"]))
        if right := _right(row):
            judged.append(Judged(str(row.get("style", "")), right, tuple(made["topics"]), made["action"]))
        return {"id": row["id"], **made}

    return _evaluated("faq", file, out, predict, lambda: figures(judged))


def evaluate_scam(file: Path, out: Path) -> Outcome:
    """Write what each message is judged; return the figures where the file tells which are scams."""
    judged: list[tuple[bool, str]] = []

    def predict(row: Row) -> Row:
        verdict = judge(row["text"])
        if label := row.get("label"):
            judged.append((label == "scam", verdict.level))
        evidence = [seen.phrase for seen in verdict.evidence]
        return {"id": row["id"], "level": verdict.level, "score": round(verdict.score, 4), "evidence": evidence}

    return _evaluated("scam", file, out, predict, lambda: scam_figures(judged) if judged else {})


def _right(row: Row) -> frozenset[str]:
    """Return the topics that are right for a row, none if it does not tell."""
    accepted = row.get("accept")
    others = accepted if isinstance(accepted, list) else [accepted]
    return frozenset(str(topic) for topic in (row.get("topic"), *others) if topic)


def _evaluated(
    what: str, file: Path, out: Path, predict: Callable[[Row], Row], figured: Callable[[], Mapping[str, Any]]
) -> Outcome:
    """Write a prediction for every good line of a file; return figures and complaints, with 1 for bad lines."""
    try:
        lines = list(_lines(file))
    except OSError:
        return say("evaluation.unreadable", file=file), 2
    except UnicodeDecodeError:
        return say("evaluation.not_utf8", file=file), 2
    bad = [line for line in lines if isinstance(line, _Bad)]
    predictions = [predict(line) for line in lines if not isinstance(line, _Bad)]
    written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in predictions)
    try:
        out.write_text(written, encoding="utf-8")
    except OSError:
        return say("evaluation.unwritable", file=out), 2
    found = figured()
    text = say(f"evaluation.{what}", count=len(predictions), out=out, figures=found, bad=bad)
    return (f"{text}\n{json.dumps(found, ensure_ascii=False)}" if found else text), 1 if bad else 0


def _lines(file: Path) -> Iterator[Row | _Bad]:
    """Yield every line that is not empty: as a row with an id and a text, or as bad."""
    seen = set()
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            yield _Bad(number, "not_json")
            continue
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("id"), str | int)
            or not isinstance(row.get("text"), str)
        ):
            yield _Bad(number, "no_id_or_text")
        elif row["id"] in seen:
            yield _Bad(number, "id_twice")
        else:
            seen.add(row["id"])
            yield row
