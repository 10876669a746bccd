"""What waits for the office: how many of each kind, for its menu and its list of things to do."""

from sqlalchemy import ColumnElement, Connection, func, select

from storage.tables import campaigns, data_requests, help_requests, local_warnings, unanswered


def waiting(connection: Connection, ward_id: int) -> dict[str, int]:
    """Return how many wait of each kind, by the names in the office's menu."""
    requests = (data_requests.c.ward_id == ward_id) & data_requests.c.done_at.is_(None)
    drafts = (campaigns.c.ward_id == ward_id) & (campaigns.c.status == "draft")
    asked = (help_requests.c.ward_id == ward_id) & (help_requests.c.status == "open")
    warned = (local_warnings.c.ward_id == ward_id) & (local_warnings.c.status == "pending") & ~local_warnings.c.draft
    unused = (help_requests.c.ward_id == ward_id) & help_requests.c.used_at.is_(None) & (help_requests.c.answer != "")
    kinds = {
        "requests": requests,
        "campaigns": drafts,
        "help": asked & help_requests.c.answered_at.is_(None),
        "warnings": warned,
        "questions": unused & (help_requests.c.question != ""),  # a helper answered
    }
    found = {kind: _count(connection, which) for kind, which in kinds.items()}
    often = (unanswered.c.ward_id == ward_id) & (unanswered.c.times > 1) & unanswered.c.aside_at.is_(None)
    found["questions"] += _count(connection, often)  # nobody did, and it was asked again
    return found


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    found: int = connection.execute(select(func.count()).where(which)).scalar_one()
    return found
