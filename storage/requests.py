"""Residents' requests about their data, taken in at the office: no names, only receipts and clocks; and doing them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from storage import helping
from storage.conversations import OF_RESIDENT, Known
from storage.tables import conversations, data_requests, names, neighbourhoods, residents, staff


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was taken in."""

    receipt: str
    kind: str  # one of tables.REQUESTS
    received_at: dt.datetime
    answered_at: dt.datetime | None
    done_at: dt.datetime | None
    outcome: str | None  # one of tables.REQUEST_OUTCOMES
    by: str | None  # whoever of the staff took it in


@dataclass(frozen=True, slots=True)
class Named:
    """A resident who has told a name, as little of them as tells two apart."""

    resident_id: int
    name: str
    house: str
    spoken: bool  # has no phone of their own


_columns = (
    data_requests.c.receipt,
    data_requests.c.kind,
    data_requests.c.received_at,
    data_requests.c.answered_at,
    data_requests.c.done_at,
    data_requests.c.outcome,
    staff.c.name,
)
_all = select(*_columns).select_from(data_requests.outerjoin(staff, staff.c.id == data_requests.c.staff_id))


def receive(
    connection: Connection, ward_id: int, kind: str, receipt: str, staff_id: int | None, received_at: dt.datetime
) -> None:
    """Take a request in."""
    values = {"ward_id": ward_id, "kind": kind, "receipt": receipt, "staff_id": staff_id, "received_at": received_at}
    connection.execute(insert(data_requests).values(values))


def request_of(connection: Connection, ward_id: int, receipt: str) -> Request | None:
    """Return the request of this receipt."""
    found = _all.where(data_requests.c.ward_id == ward_id, data_requests.c.receipt == receipt)
    row = connection.execute(found).first()
    return Request(*row) if row else None


def requests(connection: Connection, ward_id: int, most_done: int) -> tuple[list[Request], list[Request]]:
    """Return the open requests, the oldest first, and the last ones that are done."""
    here = _all.where(data_requests.c.ward_id == ward_id)
    still = here.where(data_requests.c.done_at.is_(None)).order_by(data_requests.c.received_at, data_requests.c.id)
    done = here.where(data_requests.c.done_at.is_not(None)).order_by(data_requests.c.done_at.desc()).limit(most_done)
    return [Request(*row) for row in connection.execute(still)], [Request(*row) for row in connection.execute(done)]


def answer(connection: Connection, ward_id: int, receipt: str, now: dt.datetime) -> None:
    """Note that whoever asked was given an answer; the first one holds."""
    open_one = (data_requests.c.ward_id == ward_id, data_requests.c.receipt == receipt)
    unanswered = update(data_requests).where(*open_one, data_requests.c.answered_at.is_(None))
    connection.execute(unanswered.values(answered_at=now))


def close(connection: Connection, ward_id: int, receipt: str, outcome: str, now: dt.datetime) -> bool:
    """End a request, which answers it too; False: there is none that is open."""
    answer(connection, ward_id, receipt, now)
    mine = (data_requests.c.ward_id == ward_id, data_requests.c.receipt == receipt, data_requests.c.done_at.is_(None))
    ended = update(data_requests).where(*mine).values(done_at=now, outcome=outcome)
    return bool(connection.execute(ended).rowcount)


def reopen(connection: Connection, ward_id: int, receipt: str) -> bool:
    """Open a request again that was ended with nothing done; its clocks run on. False: there is none such."""
    mine = (data_requests.c.ward_id == ward_id, data_requests.c.receipt == receipt)
    undone = update(data_requests).where(*mine, data_requests.c.outcome.in_(("not_found", "withdrawn")))
    return bool(connection.execute(undone.values(done_at=None, outcome=None)).rowcount)


def named(connection: Connection, ward_id: int, code: str) -> Sequence[Named]:
    """Return everybody of a neighbourhood who has told a name, in the order in which they did."""
    statement = (
        select(names.c.resident_id, names.c.name, names.c.house, names.c.spoken)
        .join(residents, residents.c.id == names.c.resident_id)
        .join(neighbourhoods, neighbourhoods.c.id == residents.c.neighbourhood_id)
        .where(neighbourhoods.c.ward_id == ward_id, neighbourhoods.c.code == code)
        .order_by(names.c.at, names.c.resident_id)
    )
    return [Named(*row) for row in connection.execute(statement)]


def known_of(connection: Connection, ward_id: int, resident_id: int) -> Known | None:
    """Return what is known of a resident of the ward, by their first conversation if they have one."""
    statement = (
        select(conversations.c.id, *OF_RESIDENT)
        .select_from(residents.outerjoin(conversations).outerjoin(neighbourhoods))
        .where(residents.c.ward_id == ward_id, residents.c.id == resident_id)
        .order_by(conversations.c.id)
        .limit(1)
    )
    row = connection.execute(statement).first()
    return Known(row[0], 0, "", "", False, *row[1:]) if row else None


def erase(connection: Connection, ward_id: int, receipt: str, resident_id: int, now: dt.datetime) -> bool:
    """Delete a resident with all that hangs on them and their conversations; False: nobody, or no open request."""
    mine = select(residents.c.id).where(residents.c.ward_id == ward_id, residents.c.id == resident_id)
    if connection.execute(mine).first() is None or not close(connection, ward_id, receipt, "erased", now):
        return False
    helping.forget(connection, None, resident_id)
    connection.execute(delete(conversations).where(conversations.c.resident_id == resident_id))
    connection.execute(delete(residents).where(residents.c.id == resident_id))
    return True
