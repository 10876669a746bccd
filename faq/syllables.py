"""Vietnamese syllables without diacritics, built by rule: an onset and a rhyme that may stand together."""

_FRONT = ("e", "i", "y")
"""Vowels before which k, gh and ngh are written instead of c, g and ng."""
_ONSETS = "b c ch d g gh gi h k kh l m n ng ngh nh p ph r s t th tr v x"
_RHYMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec em en eng enh ech eo ep et eu i ia ich iec iem ien ieng iep iet ieu "
    "im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oat oay oc oe oen oeo oet oi om on ong ooc oong op ot "
    "u ua uan uang uat uay uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen "
    "uyet uynh uyt uyu y"
)
_AFTER_QU = "a ac ach ai an ang anh ao at au ay e en eo et i ich it o oc on ong ot oi uoc y yen yet ynh yt ynh e ech en"
_BARE = "yem yen yet yeu yeng"
"""Rhymes that stand only without an onset."""


def _may_join(onset: str, rhyme: str) -> bool:
    front = rhyme[0] in _FRONT
    if onset in ("k", "gh", "ngh"):
        return front
    if onset in ("c", "g", "ng"):
        return not front or (onset == "g" and rhyme[0] == "i")
    if onset == "gi":
        return rhyme[0] not in ("i", "y")
    return True


def _built() -> frozenset[str]:
    rhymes = _RHYMES.split()
    with_onset = {onset + rhyme for onset in _ONSETS.split() for rhyme in rhymes if _may_join(onset, rhyme)}
    return frozenset({*rhymes, *_BARE.split(), "gi", *with_onset, *("qu" + rhyme for rhyme in _AFTER_QU.split())})


SYLLABLES = _built()
"""Every syllable that could be Vietnamese, folded: "dien", "thoai"; a few more than there are."""
