"""Certificates on paper: what the template is filled in with, the name only as it is typed for this one drawing."""

import json
import unicodedata
from dataclasses import dataclass

from handlers.speech import VIET_NAM
from lessons.library import Library
from office import typesetting
from office.words import words
from storage.certificates import Certificate

TEMPLATE = "certificate"
PICTURE_PPI = 131.0
"""A4 as wide as a card."""
TITLES = 12
NAME_CHARACTERS = 40
_BESIDES = frozenset(" .'’-")


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate as it is printed for one ward."""

    certificate: Certificate
    titles: tuple[str, ...]  # of its lessons, the basic ones first; of those no longer taught nothing
    ward: str
    site: str  # "": there is no address to check it at

    def given(self, name: str = "") -> dict[str, str]:
        """Return what the template is filled in with."""
        said, certificate = words("certificates"), self.certificate
        day = certificate.issued_at.astimezone(VIET_NAM)
        more = len(certificate.topics) - len(self.titles[:TITLES])
        link = f"{self.site}/gcn/{certificate.code}" if self.site else ""
        return {
            "ward": said["ward"].format(ward=self.ward),
            "heading": said["heading"],
            "name": name,
            "said": ("" if name else said["who"]) + said["said_basic" if certificate.basic else "said"],
            "titles": json.dumps(self.titles[:TITLES]),
            "more": said["more"].format(count=more) if more else "",
            "date": said["date"].format(day=day.day, month=day.month, year=day.year),
            "code": said["code"].format(code=certificate.code),
            "check": said["check"] if link else "",
            "link": link,
            "qr": typesetting.qr(link) if link else "",
            "foot": said["foot"].format(named=said["named"] if name else ""),
        }


def paper(certificate: Certificate, library: Library, ward: str, site: str) -> Paper:
    """Return a certificate as it is printed."""
    held = [lesson for lesson in library if lesson.topic in certificate.topics]
    titles = tuple(lesson.title for lesson in sorted(held, key=lambda lesson: not lesson.core))
    return Paper(certificate, titles, ward, site)


def written_name(typed: str) -> str | None:
    """Return a name as it is printed; None: it is no name that our fonts can write, or too long for the paper."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    letters = (sign in _BESIDES or (sign.isalpha() and unicodedata.name(sign, "").startswith("LATIN")) for sign in name)
    return name if 0 < len(name) <= NAME_CHARACTERS and all(letters) else None
