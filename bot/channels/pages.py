"""The web chat's pages, rendered from bot/templates, and the files they use."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import escape
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.markup import to_html
from handlers.messages import BACK_KEY, Choice, Reply

STATIC = Path(str(files("bot"))) / "static"
PERSON = "/person"
"""The command of the way to a person."""
AWAITING = ("/help_look", "/help_leave", "/team")
"""Beginnings of commands that are on offer while an answer is waited for, and to members of a team."""
LASTING = 1024
"""Answers that are kept rendered: a step of a lesson looks the same for everybody."""


class LastingFiles(StaticFiles):
    """Files that browsers keep: a year where the address changes with the file, otherwise a day."""

    def __init__(self, directory: Path, versions: Mapping[str, str]) -> None:
        super().__init__(directory=directory)
        self._versions = versions

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept by the browser."""
        response = await super().get_response(path, scope)
        lasting = scope["query_string"] == f"v={self._versions.get(path)}".encode()
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if lasting else "public, max-age=86400"
        )
        return response

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        """Return the file with its type; older systems do not know woff2."""
        response = super().file_response(*arguments, **named)
        if str(arguments[0]).endswith(".woff2"):
            response.headers["content-type"] = "font/woff2"
        return response


def static() -> StaticFiles:
    """Return the style, script and font files."""
    return LastingFiles(STATIC, versions())


def pictures(folders: Sequence[Path]) -> StaticFiles:
    """Return the lessons' drawings, of which the first folder's come first."""
    found = LastingFiles(folders[-1], {})
    found.all_directories = [folder for folder in folders if folder.is_dir()]
    return found


@cache
def versions() -> Mapping[str, str]:
    """Return the version of each style, script and font file, which changes when the file does."""
    found = (file for file in STATIC.iterdir() if file.is_file())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:8] for file in found}


class Pages:
    """The pages of one ward."""

    def __init__(self, **always: Any) -> None:
        """Read the templates; `always` are the values every page may use."""
        self._templates = Environment(
            loader=PackageLoader("bot", "templates"),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals.update({"heard": lambda card: False, "push_key": "", **always}, static=self.static)
        self._templates.filters["markup"] = to_html
        self._chat = self._templates.get_template("chat.html")
        self._answer = self._templates.get_template("answer.html")
        self._problem = self._templates.get_template("problem.html")
        self._problem_part = self._templates.get_template("problem_part.html")
        self._event = secrets.token_urlsafe()  # stands for the event in what is kept; nobody can type it
        self._around_event = lru_cache(LASTING)(self._render_answer)

    def static(self, name: str) -> str:
        """Return the address of a style, script or font file, which changes when the file does."""
        return f"/static/{name}?v={versions()[name]}"

    def chat(self, reply: Reply, event: str, after: str, framed: bool, awaited: bool = False) -> str:
        """Return the whole page with this reply on show; `awaited`: an answer of a person may come by itself."""
        view = _view(reply)
        view["awaited"] |= awaited
        return self._chat.render(view, event=event, after=after, framed=framed)

    def answer(self, reply: Reply, event: str) -> str:
        """Return the part of the page that a new reply adds and the part it replaces."""
        return str(escape(event)).join(self._around_event(reply))

    def _render_answer(self, reply: Reply) -> list[str]:
        """Return the pieces of the answer between which its event stands."""
        return self._answer.render(_view(reply), event=self._event, after="").split(self._event)

    def certificate(self, **shown: Any) -> str:
        """Return the page of a certificate."""
        return self._templates.get_template("certificate.html").render(shown)

    def other(self, template: str, **shown: Any) -> str:
        """Return a page that is none of the chat's."""
        return self._templates.get_template(template).render(shown)

    def problem(self, name: str, part: bool) -> str:
        """Return the page, or the part of one, for what went wrong."""
        return (self._problem_part if part else self._problem).render(name=name)


def _view(reply: Reply) -> dict[str, Any]:
    """Return what the templates show of a reply: back and the person, who are everywhere, stand apart."""
    ways: dict[bool, list[tuple[str, Choice]]] = {False: [], True: []}
    for key, choice in reply.numbered():  # by its command: where Khu phố 9 is on offer, 9 is not the person
        ways[key == BACK_KEY or choice.command == PERSON].append((key, choice))
    many = sum(len(choice.label) <= 14 for choice in reply.choices) > 8
    awaited = any(choice.command.startswith(AWAITING) for choice in reply.choices)
    return {"reply": reply, "choices": ways[False], "everywhere": ways[True], "many": many, "awaited": awaited}
