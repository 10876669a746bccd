"""Posters: an A4 sheet for each neighbourhood, with the codes that lead to its lessons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from office import typesetting
from office.words import words
from storage.neighbourhoods import Neighbourhood


@dataclass(frozen=True, slots=True)
class Way:
    """A channel people can begin on."""

    channel: str
    link: str
    places: bool  # whether the link says which neighbourhood it is; otherwise people are asked


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the ward's residents can begin, as far as it is configured; empty: not there."""

    site: str = ""
    zalo_oa: str = ""  # the account's id
    zalo_bot: str = ""  # likewise
    telegram: str = ""  # the bot's user name

    def ways(self, code: str) -> list[Way]:
        """Return the ways in for a neighbourhood, the first of them the easiest."""
        every = (
            (self.site, Way("web", f"{self.site}/kp/{code}", places=True)),
            (self.zalo_oa, Way("zalo_oa", f"https://zalo.me/{self.zalo_oa}", places=False)),
            (self.zalo_bot, Way("zalo_bot", f"https://zalo.me/{self.zalo_bot}", places=False)),
            (self.telegram, Way("telegram", f"https://t.me/{self.telegram}?start={code}", places=True)),
        )
        return [way for configured, way in every if configured]


def poster(neighbourhood: Neighbourhood, ward: str, doors: Doors, contact: str = "") -> bytes:
    """Return the poster of a neighbourhood as a PDF. Raise Unprintable."""
    said = words("posters")
    ways = [_shown(way, neighbourhood.name, said) for way in doors.ways(neighbourhood.code)]
    return typesetting.pdf(
        "poster",
        {
            "title": said["title"],
            "neighbourhood": neighbourhood.name,
            "ward": ward,
            "steps": typesetting.packed(said["steps"]),
            "promise": said["promise"],
            "ways": typesetting.packed(ways),
            "help": said["help"].format(contact=contact) if contact else "",
            "foot": said["foot"].format(ward=ward),
        },
    )


def _shown(way: Way, name: str, said: Mapping[str, Any]) -> dict[str, str]:
    return {
        "label": said["ways"][way.channel],
        "link": way.link,
        "address": way.link.partition("://")[2] if way.channel == "web" else "",
        "note": said["type"] if way.channel == "web" else "" if way.places else said["choose"].format(name=name),
        "qr": typesetting.qr(way.link),
    }
