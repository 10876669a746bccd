"""What waits for the office, in one list: each kind with how many there are, and where it is done."""

from dataclasses import dataclass

from starlette.responses import Response

from office.desk import Desk, Page, Visit
from office.gate import HOME


@dataclass(frozen=True, slots=True)
class Tasks:
    """The list of things to do."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the page."""
        return [Page(f"{HOME}/viec", "see", self.show)]

    async def show(self, visit: Visit) -> Response:
        """Show what waits."""
        kinds = [page for group in visit.menu for page in group.pages if page.waits]
        return self.desk.page("tasks", visit, kinds=sorted(kinds, key=lambda page: not page.count))
