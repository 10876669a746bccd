"""What waits for the office: how many of each kind, for its menu and its list of things to do."""

from sqlalchemy import ColumnElement, Connection, Integer, ScalarSelect, bindparam, func, select

from storage.tables import campaigns, data_requests, help_requests, local_warnings, unanswered


def waiting(connection: Connection, ward_id: int) -> dict[str, int]:
    """Return how many wait of each kind, by the names in the office's menu."""
    return dict(connection.execute(_waiting, {"ward": ward_id}).mappings().one())


def _count(which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(which).scalar_subquery()


_ward = bindparam("ward", type_=Integer)
_requests = (data_requests.c.ward_id == _ward) & data_requests.c.done_at.is_(None)
_drafts = (campaigns.c.ward_id == _ward) & (campaigns.c.status == "draft")
_asked = (help_requests.c.ward_id == _ward) & (help_requests.c.status == "open")
_warned = (local_warnings.c.ward_id == _ward) & (local_warnings.c.status == "pending") & ~local_warnings.c.draft
_unused = (help_requests.c.ward_id == _ward) & help_requests.c.used_at.is_(None) & (help_requests.c.answer != "")
_often = (unanswered.c.ward_id == _ward) & (unanswered.c.times > 1) & unanswered.c.aside_at.is_(None)
_waiting = select(
    _count(_requests).label("requests"),
    _count(_drafts).label("campaigns"),
    _count(_asked & help_requests.c.answered_at.is_(None)).label("help"),
    _count(_warned).label("warnings"),
    # a helper answered; or nobody did, and it was asked again
    (_count(_unused & (help_requests.c.question != "")) + _count(_often)).label("questions"),
)
