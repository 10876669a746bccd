"""The notice of a class, to be hung up or held out: what its template is filled in with."""

from handlers.speech import viet_nam
from office import typesetting
from office.posters import Doors
from office.words import words
from storage.classes import OpenClass
from storage.neighbourhoods import Helper

TEMPLATE = "notice"


def given(found: OpenClass, title: str, helper: Helper, ward: str, doors: Doors) -> dict[str, str]:
    """Return what the template is filled in with; the code to scan leads to where a link says which class it is."""
    said = words("notices")
    link = next((way.link for way in doors.ways(found.code) if way.places), "")
    return {
        "heading": said["heading"].format(neighbourhood=found.neighbourhood),
        "title": title,
        "place": said["place"].format(place=found.place),
        "at": said["at"].format(at=viet_nam(found.at)),
        "helper": said["helper"].format(helper=helper.name) if helper.name else "",
        "scan": said["scan"] if link else "",
        "here": said["here"],
        "qr": typesetting.qr(link) if link else "",
        "write": said["write" if link else "write_only"],
        "code": f"#{found.code}",
        "never": said["never"],
        "foot": said["foot"].format(ward=ward),
    }
