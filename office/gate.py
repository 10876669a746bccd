"""The gate that every request to the office passes: it knows who is logged in, what they may do, whose form it is."""

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from office.credentials import form_seal, hashed, new_token
from office.desk import Desk, Page, Visit
from storage.staff import session_staff

HOME = "/van-phong"
LOGIN = "/van-phong/dang-nhap"
SESSION = "vanphong"
FORM = "vanphong-bieumau"
"""The cookie of a form shown to somebody who is not logged in."""
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of one ward's office."""

    desk: Desk

    def routes(self, pages: Iterable[Page]) -> list[BaseRoute]:
        """Return the pages' routes, each behind the gate."""
        return [
            Route(page.path, self._behind(page), methods=[page.method], max_body_size=page.most_bytes) for page in pages
        ]

    def _behind(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def opened(request: Request) -> Response:
            if any("\0" in str(part) for part in request.path_params.values()):
                raise HTTPException(404)  # no address of ours has it, and PostgreSQL cannot look for it
            response = await self._opened(page, request)
            response.headers.update(PRIVATE)
            return response

        return opened

    async def _opened(self, page: Page, request: Request) -> Response:
        visit = await self._visit(request)
        if page.right and visit.staff is None:
            return RedirectResponse(LOGIN, 303)
        if page.right and not visit.may(page.right):
            await self.desk.note(visit, "refused", page.path)
            return self.desk.page("problem", visit, 403, name="not_yours")
        if page.method == "GET":
            response = await page.show(visit)
        else:
            async with request.form(max_files=1, max_fields=page.most_fields) as form:
                visit = replace(visit, form=form)
                if not secrets.compare_digest(visit.typed("seal").encode(), visit.seal.encode()):
                    return self.desk.page("problem", visit, 403, name="old_form")
                response = await page.show(visit)
        if visit.staff:
            response.background = BackgroundTask(self.desk.look_for_odd)  # nobody waits for it
        elif request.cookies.get(FORM) != visit.secret:
            self.keep(response, FORM, visit.secret)
        return response

    async def _visit(self, request: Request) -> Visit:
        token = request.cookies.get(SESSION, "")
        desk = self.desk
        ward, now = desk.house.ward.id, desk.clock()
        staff = await desk.house.database.read(session_staff, ward, hashed(token), now) if token else None
        secret = token if staff else request.cookies.get(FORM) or new_token()
        return Visit(request, staff, secret, form_seal(secret), await desk.waiting() if staff else {})

    def keep(self, response: Response, cookie: str, token: str) -> None:
        """Let the browser keep a cookie until it is closed; other sites' pages cannot make it send it."""
        secure = self.desk.site.startswith("https:")
        response.set_cookie(cookie, token, path=HOME, secure=secure, httponly=True, samesite="strict")
