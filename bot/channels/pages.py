"""The web chat's pages, rendered from bot/templates, and the files they use."""

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.markup import to_html
from handlers.messages import BACK_KEY, PERSON_KEY, Reply
from lessons.library import CONTENT

STATIC = Path(str(files("bot"))) / "static"


class LastingFiles(StaticFiles):
    """Files that browsers may keep: their address changes with their content, or they change seldom."""

    def __init__(self, directory: Path, seconds: int) -> None:
        super().__init__(directory=directory)
        self._kept = f"public, max-age={seconds}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept by the browser."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = self._kept
        return response

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        """Return the file with its type; older systems do not know woff2."""
        response = super().file_response(*arguments, **named)
        if str(arguments[0]).endswith(".woff2"):
            response.headers["content-type"] = "font/woff2"
        return response


def static() -> StaticFiles:
    """Return the style, script and font files."""
    return LastingFiles(STATIC, 365 * 24 * 3600)


def pictures(content: Path | None) -> StaticFiles:
    """Return the lessons' drawings."""
    return LastingFiles((content or CONTENT) / "pictures", 24 * 3600)


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
        self._versions = {file.name: _version(file) for file in STATIC.iterdir() if file.is_file()}
        self._templates.globals.update(always, static=self.static)
        self._templates.filters["markup"] = to_html
        self._chat = self._templates.get_template("chat.html")
        self._answer = self._templates.get_template("answer.html")
        self._problem = self._templates.get_template("problem.html")
        self._problem_part = self._templates.get_template("problem_part.html")

    def static(self, name: str) -> str:
        """Return the address of a style, script or font file, which changes when the file does."""
        return f"/static/{name}?v={self._versions[name]}"

    def chat(self, reply: Reply, event: str, after: str, framed: bool) -> str:
        """Return the whole page with this reply on show."""
        return self._chat.render(_view(reply), event=event, after=after, framed=framed)

    def answer(self, reply: Reply, event: str) -> str:
        """Return the part of the page that a new reply adds and the part it replaces."""
        return self._answer.render(_view(reply), event=event, after="")

    def problem(self, name: str, part: bool) -> str:
        """Return the page, or the part of one, for what went wrong."""
        return (self._problem_part if part else self._problem).render(name=name)


def _view(reply: Reply) -> dict[str, Any]:
    """Return what the templates show of a reply: the ways that are everywhere stand apart."""
    numbered = list(reply.numbered())
    everywhere = {BACK_KEY, PERSON_KEY}
    return {
        "reply": reply,
        "choices": [(key, choice) for key, choice in numbered if key not in everywhere],
        "everywhere": [(key, choice) for key, choice in numbered if key in everywhere],
        "many": sum(len(choice.label) <= 14 for _, choice in numbered) > 8,
    }


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
