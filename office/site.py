"""The office's site: all pages behind the gate, in one list."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from handlers.turn import House
from office.campaign_desk import CampaignDesk
from office.coverage_desk import CoverageDesk
from office.desk import Desk, Page, environment
from office.gate import Gate
from office.help_desk import HelpDesk
from office.invitation import InvitationPages
from office.login import Login
from office.numbers_desk import NumbersDesk
from office.places_desk import PlacesDesk
from office.printing_desk import Printing, PrintingDesk
from office.questions_desk import QuestionsDesk
from office.reports_desk import Reporting, ReportsDesk
from office.requests_desk import RequestsDesk
from office.review_desk import ReviewDesk
from office.sample_door import SampleDoor
from office.staff_pages import StaffPages
from office.suspicions_desk import SuspicionsDesk
from office.tasks import Tasks
from office.teams_desk import TeamsDesk
from office.warnings_desk import WarningsDesk


class Site:
    """The office of one ward in a browser."""

    def __init__(
        self,
        house: House,
        unit: str,
        clock: Callable[[], dt.datetime],
        site: str,
        reporting: Reporting,
        printing: Printing | None = None,
        own_questions: Path | None = None,
        **always: Any,
    ) -> None:
        """Read the templates; `own_questions` is where the ward keeps its own; `always` are every page's values."""
        templates = environment(**always, unit=unit, ward_name=house.ward.name)
        self.desk = Desk(house, unit, clock, site, templates)
        self._reporting = reporting
        self._printing = printing or Printing()
        self._own_questions = own_questions
        self._gate = Gate(self.desk)
        self._sample = bool(always.get("sample"))

    def pages(self) -> list[Page]:
        """Return every page of the office."""
        login = Login(self.desk, self._gate)
        sample = SampleDoor(self.desk, self._gate).pages() if self._sample else []
        return [
            *sample,
            *login.pages(),
            *InvitationPages(self.desk, login.pace).pages(),
            *CoverageDesk(self.desk).pages(),
            *Tasks(self.desk).pages(),
            *RequestsDesk(self.desk).pages(),
            *HelpDesk(self.desk).pages(),
            *WarningsDesk(self.desk).pages(),
            *QuestionsDesk(self.desk, self._own_questions).pages(),
            *NumbersDesk(self.desk).pages(),
            *PlacesDesk(self.desk).pages(),
            *SuspicionsDesk(self.desk).pages(),
            *ReportsDesk(self.desk, self._reporting).pages(),
            *CampaignDesk(self.desk).pages(),
            *PrintingDesk(self.desk, self._printing).pages(),
            *ReviewDesk(self.desk).pages(),
            *TeamsDesk(self.desk, self._printing.doors).pages(),
            *StaffPages(self.desk, self._reporting.cutoff).pages(),
        ]

    def routes(self) -> list[BaseRoute]:
        """Return the routes of all pages."""
        return self._gate.routes(self.pages())
