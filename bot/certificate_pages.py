"""The pages of a certificate: anybody checks its code, its owner gets it with a name or without."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.pages import Pages
from bot.pictures import Pictures
from handlers.speech import VIET_NAM
from office import typesetting
from office.certificates import NAME_CHARACTERS, PICTURE_PPI, TEMPLATE, Paper, written_name
from office.typesetting import Unprintable

BODY_BYTES = 4096
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


@dataclass(frozen=True, slots=True)
class CertificatePages:
    """The pages of one ward's certificates. A name is drawn and forgotten: nothing here keeps or logs it."""

    pictures: Pictures
    pages: Pages

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the pages."""
        return [
            Route("/gcn/{code}", self.check),
            Route("/gcn/{code}/{key}", self.own),
            Route("/gcn/{code}/{key}", self.print, methods=["POST"], max_body_size=BODY_BYTES),
        ]

    async def check(self, request: Request) -> Response:
        """Say what a code stands for, or that it stands for nothing."""
        code = request.path_params["code"].upper()[:40]
        shown = await self.pictures.paper(code)
        return self._page(shown, 200 if shown else 404, code=code)

    async def own(self, request: Request) -> Response:
        """Show the owner their certificate, with a form for a name."""
        shown = await self._owned(request)
        return self._page(shown, 200 if shown else 404, **request.path_params)

    async def print(self, request: Request) -> Response:
        """Return the certificate as a picture or for print, with the name that was typed, if any."""
        shown = await self._owned(request)
        if shown is None:
            return self._page(None, 404, **request.path_params)
        field = parse_qs((await request.body()).decode("utf-8", "replace"))
        typed, form = field.get("name", [""])[0], field.get("form", ["png"])[0]
        name = written_name(typed) if typed.strip() else ""
        if name is None:
            return self._page(shown, 422, **request.path_params, bad_name=True, typed=typed[:NAME_CHARACTERS])
        return await self._printed(shown.given(name), form)

    async def _owned(self, request: Request) -> Paper | None:
        return await self.pictures.paper(request.path_params["code"].upper(), request.path_params["key"])

    async def _printed(self, given: Mapping[str, str], form: str) -> Response:
        """Return the paper. A picture is shown, for many phones cannot download from within Zalo."""
        try:
            if form == "pdf":
                sheet = await self.pictures.drawn(lambda: typesetting.pdf(TEMPLATE, given))
                attached = {"content-disposition": 'attachment; filename="giay-ghi-nhan.pdf"'}
                return Response(sheet, media_type="application/pdf", headers=PRIVATE | attached)
            picture = await self.pictures.drawn(lambda: typesetting.png(TEMPLATE, given, PICTURE_PPI))
        except Unprintable as error:
            raise RuntimeError("certificate not drawn") from error.__cause__  # the message may hold the name
        inline = {"content-disposition": 'inline; filename="giay-ghi-nhan.png"'}
        return Response(picture, media_type="image/png", headers=PRIVATE | inline)

    def _page(self, shown: Paper | None, status: int, **about: Any) -> Response:
        day = shown.certificate.issued_at.astimezone(VIET_NAM) if shown else None
        values = {"key": "", "bad_name": False, "typed": "", **about, "shown": shown, "day": day}
        return HTMLResponse(self.pages.certificate(**values, longest=NAME_CHARACTERS), status, headers=PRIVATE)
