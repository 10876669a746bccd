"""Whether any text at all is answered, and how long the slowest takes: faces, other scripts, unseen signs, length."""

import argparse
import json
import sys
import time
import unicodedata
from collections.abc import Callable
from random import Random

from faq.bank import Bank, read_bank
from faq.noise import STYLES, noisy
from faq.pasted import pasted
from faq.redact import defanged, redacted
from faq.scam import judge

LIMIT_MS = 50
LONG = 10_000
_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz ăâđêôơư",
    "😀🏽👨‍👩‍👧❤️🇻🇳🙏",
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u202c",
    "مرحباשלום",
    "тнівсор еахВНЕ",
    "0123456789 .,-()+",
    "\u0300\u0301\u0303\u0309\u0323\u0302\u031b\u0306aeo",
    "漢字ひらがな한국",
    ".:/@#?&=%_-[](){}<>\"'`~^|\\*!;,…",
    "\n\t\r\x00\x07\x7f \u00a0\u3000",
)


def made(own: list[str], chance: Random) -> str:
    """Return a text: words of the bank as people type them, other signs, or both; now and then a very long one."""
    length = chance.choice((3, 10, 40, 120, 400)) if chance.random() < 0.998 else LONG
    kind = chance.randrange(6)
    if kind == 0:
        text = noisy(chance.choice(own), chance.choice(STYLES), chance)
    elif kind == 1:
        text = " ".join(chance.choices(own, k=1 + length // 60))
    elif kind == 2:
        text = "".join(chance.choices("".join(_ALPHABETS), k=length))
    elif kind == 3:
        text = "".join(chr(chance.randrange(0x11_0000)) for _ in range(length))
    else:
        signs = chance.choice(_ALPHABETS)
        text = "".join(chance.choices(signs, k=length)) + chance.choice(own)
        if kind == 5:  # letters and signs between each other
            text = "".join(sign + chance.choice(signs) * chance.randrange(2) for sign in text[:length])
    return unicodedata.normalize("NFD", text) if chance.random() < 0.2 else text


def slowest(work: Callable[[str], object], texts: list[str]) -> float:
    """Return the milliseconds of CPU time of the text that took most, the least of three times."""
    worst = 0.0
    for text in texts:
        took = _took(work, text)
        if took > worst:
            worst = max(worst, min(took, _took(work, text), _took(work, text)))
    return worst


def _took(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time_ns()
    work(text)
    return (time.thread_time_ns() - begun) / 1e6


def understood(bank: Bank, text: str) -> None:
    """Do all that is done with a question."""
    match = bank.match(text)
    assert match.action in ("answer", "offer", "refuse")
    bank.kept(text)


def judged(text: str) -> None:
    """Do all that is done with somebody else's message."""
    pasted(text, judge(text))
    defanged(redacted(text))


def main() -> None:
    """Try so many texts and print the slowest; 1 if one took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    bank, chance = read_bank(), Random(options.seed)
    bank.warm()
    own = [text for asked in bank for text in asked.entry.ask]
    texts = [made(own, chance) for _ in range(options.texts)]
    figures = {
        "texts": len(texts),
        "question_ms": round(slowest(lambda text: understood(bank, text), texts), 2),
        "message_ms": round(slowest(judged, texts), 2),
    }
    print(json.dumps(figures))
    sys.exit(max(figures["question_ms"], figures["message_ms"]) > LIMIT_MS)


if __name__ == "__main__":
    main()
