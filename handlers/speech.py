"""Speech: every sentence and label the bot says, rendered from the templates in texts/."""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from faq.text import fold, spelled
from handlers import hours

VIET_NAM = hours.VIET_NAM


class Speech:
    """The bot's sentences by name: `say("lesson.step", number=2)` renders macro `step` of `texts/lesson.j2`."""

    def __init__(self, **always: Any) -> None:
        """Read all texts; `always` are the values every template may use."""
        environment = Environment(
            loader=PackageLoader("handlers", "texts"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # plain text; every channel escapes at its edge  # noqa: S701
        )
        environment.globals.update(always)
        environment.filters["viet_nam"] = viet_nam
        self._macros: dict[str, Callable[..., str]] = {}
        for file in environment.list_templates(extensions=["j2"]):
            module = environment.get_template(file).module
            for name, macro in vars(module).items():
                if callable(macro):
                    self._macros[f"{file.removesuffix('.j2')}.{name}"] = macro

    def say(self, name: str, /, **values: Any) -> str:
        """Return the text of this name. KeyError: there is none."""
        return str(self._macros[name](**values)).strip()

    def names(self) -> frozenset[str]:
        """Return the names of all texts."""
        return frozenset(self._macros)


def word_lists(name: str) -> dict[str, list[str]]:
    """Return what people type, as `texts/<name>.yaml` lists it."""
    source = files("handlers").joinpath(f"texts/{name}.yaml").read_text(encoding="utf-8")
    lists: dict[str, list[str]] = yaml.load(source, yaml.CSafeLoader)
    return lists


@cache
def known_words() -> Mapping[str, str]:
    """Return the commands of words that are understood everywhere, by the word as it is spelled and as it is folded."""
    pairs = [(word, command) for command, words in word_lists("words").items() for word in words]
    return {fold(word): command for word, command in pairs} | {spelled(word): command for word, command in pairs}


@cache
def nicknames(speech: Speech) -> Mapping[str, frozenset[str]]:
    """Return other words for labels, spelled and folded, by label. KeyError: a label nobody says."""
    return {
        speech.say(name): frozenset(f(word) for word in said for f in (fold, spelled))
        for name, said in word_lists("nicknames").items()
    }


def viet_nam(at: dt.datetime) -> str:
    """Return a time as people in Viet Nam write it: "9:05 ngày 21/11/2026"."""
    local = at.astimezone(VIET_NAM)
    return f"{local.hour}:{local.minute:02} ngày {local.day}/{local.month}/{local.year}"
