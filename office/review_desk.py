"""The page of content that needs review."""

from dataclasses import dataclass

from starlette.responses import Response

from office import review
from office.desk import Desk, Page, Visit
from office.gate import HOME


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """The page of content that needs review."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the page."""
        return [Page(f"{HOME}/ra-soat", "see", self.show)]

    async def show(self, visit: Visit) -> Response:
        """Show what is past its date, then what soon will be, each with its sources."""
        return self.desk.page("review", visit, due=review.due(self.desk.house, self.desk.today), near=review.NEAR.days)
