"""Keystrokes: what a syllable was meant to be when it was typed with the Vietnamese keyboard off (Telex, VNI)."""

import re
from functools import lru_cache

from faq.syllables import SYLLABLES

_TONES = "sfrxj"
_VOWEL = re.compile("[aeiouyw]")
_VNI = re.compile(r"[a-z]+(?:[1-9][a-z]*)+")
_CACHED = 8192


@lru_cache(_CACHED)
def decode(typed: str) -> str | None:
    """Return the folded syllable that these keys stand for: "ddieenj" and "d9ie6n5" are "dien"; None: they are none."""
    if len(typed) > 10 or typed in SYLLABLES:
        return None
    if _VNI.fullmatch(typed):
        bare = re.sub("[1-9]", "", typed)
        return bare if bare in SYLLABLES else None
    if not typed.isalpha():
        return None
    bare = typed.replace("dd", "d")
    if bare[0] == "d" and bare.count("d") > 1:  # the second d may come at the end: "dienejd"
        bare = "d" + bare[1:].replace("d", "")
    vowel = _VOWEL.search(bare)
    if vowel is None:
        return None
    onset, rhyme = bare[: vowel.start()], bare[vowel.start() :]
    toneless = {rhyme, *(rhyme.replace(tone, "") for tone in _TONES if tone in rhyme)}  # some press the tone twice
    for left in sorted(toneless, key=len):
        for plain in _shaped(left):
            if onset + plain in SYLLABLES and onset + plain != typed:
                return onset + plain
    return None


def _shaped(rhyme: str) -> list[str]:
    """Return the rhyme without the keys that shape vowels: doubled a, e, o, and w for a horn or a breve."""
    forms = [rhyme]
    if "w" in rhyme:
        forms = [rhyme.replace("w", ""), rhyme.replace("w", "u", 1).replace("w", "")]
    doubled = [
        form[:second] + form[second + 1 :]
        for form in forms
        for letter in "aeo"
        if form.count(letter) == 2
        for second in [form.rindex(letter)]
    ]
    return doubled + forms
