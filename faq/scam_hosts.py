"""Hosts in a message: found however they are written, and judged by the domain somebody registered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml
from rapidfuzz import fuzz, process

_DOT = r"(?:\.|\s?[\[({]\s?(?:\.|dot|cham)\s?[\])}]\s?)"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(
    rf"(?P<scheme>h(?:tt|xx)ps?\s?:\s?//\s?)?(?<![\w@.-])(?:{_LABEL}{_DOT}){{1,5}}(?P<ending>[^\W\d_]{{2,18}}|xn--[\w-]+)"
    rf"(?![\w@])(?::\d+)?(?P<path>/[^\s<>\"']*)?"
    rf"|(?P<ip>(?:h(?:tt|xx)ps?://)(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?::\d+)?(?:/[^\s<>\"']*)?)"
    rf"|(?<![\w@.-])(?P<spaced>{_LABEL}\s\.\s?(?:com|net|vn|top|vip|xyz|cc|info|org|club)\b(?:/[^\s<>\"']*)?)",
    re.IGNORECASE,
)
_SIGN_AROUND_DOT = re.compile(_DOT, re.IGNORECASE)
_LETTERS_MEANT = str.maketrans("013", "oie")
SHORT = 4
"""Letters of a brand that could stand in any word."""
BRAND_ALIKE = 90
"""How much of a brand's letters, of 100, make a host look like the brand."""


class Host(NamedTuple):
    """A host as it stands in a message."""

    name: str  # in small letters, dots only: "vn-evn.top"
    start: int
    end: int
    traits: frozenset[str]  # names under `hosts` in scam.yaml: "official", "chat", "shortener", "apk" …


@dataclass(frozen=True)
class Domains:
    """What is known of domains."""

    official: frozenset[str]
    official_endings: tuple[str, ...]
    chat: frozenset[str]
    watched: frozenset[str]  # where people put films, pictures and maps for others
    shorteners: frozenset[str]
    free: frozenset[str]
    odd_endings: frozenset[str]
    endings: frozenset[str]
    words_too: frozenset[str]  # endings that are words of Vietnamese: a host only beside a path or a scheme
    second_level: frozenset[str]
    brand: re.Pattern[str]
    long_brands: tuple[str, ...]
    short_brands: frozenset[str]
    beginnings: tuple[str, ...]  # short brands that hosts begin or end with


@cache
def domains() -> Domains:
    """Return what `official_hosts.yaml` says."""
    source = files("faq").joinpath("official_hosts.yaml").read_text(encoding="utf-8")
    read = yaml.load(source, yaml.CSafeLoader)
    named: Mapping[str, list[str]] = read["domains"]
    brands = [brand.lower() for brand in read["brands"]]
    return Domains(
        official=frozenset(host for group in read["official"].values() for host in group["hosts"]),
        official_endings=tuple(f".{ending}" for ending in read["official_endings"]["hosts"]),
        chat=frozenset(named["chat"]),
        watched=frozenset(named["watched"]),
        shorteners=frozenset(named["shorteners"]),
        free=frozenset(named["free"]),
        odd_endings=frozenset(named["odd_endings"]),
        endings=frozenset(named["endings"]) | frozenset(named["odd_endings"]),
        words_too=frozenset(named["words_too"]),
        second_level=frozenset(named["second_level"]),
        brand=re.compile("|".join(re.escape(brand) for brand in brands if len(brand) > SHORT)),
        long_brands=tuple(brand for brand in brands if len(brand) > 6),
        short_brands=frozenset(brand for brand in brands if len(brand) <= SHORT),
        beginnings=tuple(brand for brand in brands if 2 < len(brand) <= SHORT),
    )


def hosts_in(text: str) -> list[Host]:
    """Return the hosts of a text in reading order."""
    if "." not in text and "://" not in text and "dot" not in text:
        return []
    known = domains()
    found = (_host(match, known) for match in _HOST.finditer(text))
    return [host for host in found if host]


def registrable(name: str) -> str:
    """Return the domain somebody registered: of "a.b.com.vn" that is "b.com.vn"."""
    labels = name.split(".")
    keep = 3 if ".".join(labels[-2:]) in domains().second_level else 2
    return ".".join(labels[-keep:])


def _host(match: re.Match[str], known: Domains) -> Host | None:
    if match["ip"]:
        return Host(match["ip"].split("//", 1)[1], match.start(), match.end(), frozenset({"ip"}))
    whole = match["spaced"] or match[0]
    path = match["path"] or ("/" + whole.split("/", 1)[1] if match["spaced"] and "/" in whole else "")
    written = whole[len(match["scheme"] or "") : len(whole) - len(path) or None]
    name = re.sub(r"\s", "", _SIGN_AROUND_DOT.sub(".", written)).lower().split(":")[0].strip(".")
    ending = name.rsplit(".", 1)[-1]
    stands_alone = not match["scheme"] and len(path) < 2
    domain = registrable(name)
    sure = ending in known.endings - known.words_too or ending.startswith("xn--")
    sure = sure or ("-" in name and ending in known.endings)
    if stands_alone and not sure and domain not in known.chat | known.shorteners:
        return None  # "xong.me": two sentences without a space between them
    end = match.end()
    while end > match.start() and text_end(match.string[end - 1]):
        end -= 1
    return Host(name, match.start(), end, _traits(name, domain, ending, path, written, known))


def text_end(sign: str) -> bool:
    """Return whether a sign at the end of an address belongs to the sentence around it."""
    return sign in ".,;:!?)]}»”\"'"


def _traits(name: str, domain: str, ending: str, path: str, written: str, known: Domains) -> frozenset[str]:
    traits = set()
    if re.search(r"\.apk\b", path.lower()) or ending == "apk":
        traits.add("apk")
    names = {name, domain}
    if names & known.official or f".{name}".endswith(known.official_endings):
        return frozenset({*traits, "official"})
    if domain in known.chat or names & known.watched:
        return frozenset({*traits, "chat" if domain in known.chat else "watched"})
    if domain in known.shorteners:
        traits.add("shortener")
    if ending in known.odd_endings:
        traits.add("odd")
    if names & known.free:
        traits.add("free")
    if "xn--" in name or not name.isascii():
        traits.add("puny")
    if "[" in written or "(" in written or "{" in written:
        traits.add("written")
    if _bears_a_brand(name, path, known):
        traits.add("brand")
    return frozenset(traits or {"unknown"})


def _bears_a_brand(name: str, path: str, known: Domains) -> bool:
    """Return whether the name of a bank, an agency or a shop stands in a host that is not theirs, or nearly."""
    parts = re.split(r"[.\-_]", name)[:-1]
    if any(part in known.short_brands for part in parts):
        return True
    if any(part.startswith(known.beginnings) or part.endswith(known.beginnings) for part in parts):
        return True
    letters = re.sub(r"[.\-_]", "", name).translate(_LETTERS_MEANT)
    if known.brand.search(letters) or known.brand.search(path.lower()):
        return True
    return (
        process.extractOne(letters, known.long_brands, scorer=fuzz.partial_ratio, score_cutoff=BRAND_ALIKE) is not None
    )
