"""A neighbourhood's team: its members, whom they helped, its classes and its reminders, what neighbours asked it."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from storage.tables.base import (
    AUDIENCES,
    CAMPAIGN_STATUSES,
    HELP_STATUSES,
    OUTCOMES,
    SPEAKERS,
    TEAM_ROLES,
    WARNING_STATUSES,
    Utc,
    metadata,
    one_of,
    row_id,
    to,
)

members = Table(
    "members",
    metadata,
    row_id(),
    to("neighbourhoods", nullable=False, index=True),
    to("conversations", nullable=False, ondelete="CASCADE"),
    Column("role", Text, nullable=False),
    Column("since", Utc, nullable=False),
    Column("until", Utc),  # none: still a member
    Column("digest", Boolean, nullable=False, server_default=true()),  # whether they want the week's news
    one_of("role", TEAM_ROLES),
    Index(
        "uq_members_now",
        "conversation_id",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
)

digests = Table(  # the week's news, once for each member
    "digests",
    metadata,
    row_id(),
    to("members", nullable=False, ondelete="CASCADE"),
    Column("week", Date, nullable=False),  # the Friday
    Column("at", Utc, nullable=False, index=True),
    UniqueConstraint("member_id", "week"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("code", Text, primary_key=True),
    to("neighbourhoods", nullable=False),
    Column("role", Text, nullable=False),
    to("members", ondelete="CASCADE", index=True),  # whoever invites; none: the office
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    one_of("role", TEAM_ROLES),
)

names = Table(  # residents whom the team of their neighbourhood may see by name; they agreed to it
    "names",
    metadata,
    Column("resident_id", Integer, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("house", Text, nullable=False),  # or group; may be empty
    Column("birth_year", Integer),
    Column("spoken", Boolean, nullable=False),  # agreed aloud, in front of a member who noted it
    Column("member_id", Integer, ForeignKey("members.id", ondelete="SET NULL"), index=True),
    Column("version", Text, nullable=False),  # of the words they agreed to
    Column("at", Utc, nullable=False),
    Column("praise_version", Text),  # of the words by which they agreed to be named by the ward in praise; none: no
    Column("praise_at", Utc),
)

observations = Table(
    "observations",
    metadata,
    row_id(),
    to("residents", nullable=False, ondelete="CASCADE"),
    Column("topic", Text, nullable=False),
    Column("member_id", Integer, ForeignKey("members.id", ondelete="SET NULL")),
    Column("at", Utc, nullable=False),
    UniqueConstraint("resident_id", "topic"),
    Index(None, "member_id", "at"),
)

classes = Table(
    "classes",
    metadata,
    row_id(),
    Column("code", Text, nullable=False, unique=True),
    to("neighbourhoods", nullable=False, index=True),
    Column("topic", Text, nullable=False),
    Column("place", Text, nullable=False),  # may be empty
    Column("member_id", Integer, ForeignKey("members.id", ondelete="SET NULL"), index=True),
    Column("at", Utc, nullable=False),
)

attendances = Table(
    "attendances",
    metadata,
    Column("class_id", Integer, ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("resident_id", Integer, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

campaigns = Table(
    "campaigns",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods"),  # whose team reminds its own; none: the office
    Column("places", Text, nullable=False, server_default=text("''")),  # ids of those the office means; empty: all
    to("campaigns", ondelete="CASCADE"),  # the first of the series that this goes on
    Column("number", Integer, nullable=False, server_default=text("0")),  # in its series; odd: a second message
    to("members", ondelete="SET NULL", index=True),  # whoever of a team asked for it
    Column("topic", Text, nullable=False),  # or CONTINUE
    Column("topics", Text, nullable=False),  # with spaces between them: who has them all is not reminded
    Column("audience", Text, nullable=False),
    Column("inactive_days", Integer, nullable=False, server_default=text("0")),  # for the inactive ones
    Column("status", Text, nullable=False),
    Column("starts_at", Utc, nullable=False),
    Column("second_after_days", Integer),  # none: no second message
    Column("weekly_until", Utc),  # when to begin anew every week ends; none: once
    Column("until_percent", Integer),  # of the adults: it ends as well when so many have what it is about
    Column("held_out_percent", Integer, nullable=False, server_default=text("0")),
    Column("planned_to", Integer, nullable=False, server_default=text("0")),  # the last resident looked at
    Column("created_at", Utc, nullable=False),
    one_of("audience", AUDIENCES),
    one_of("status", CAMPAIGN_STATUSES),
    UniqueConstraint("campaign_id", "number"),
    Index(
        "uq_campaigns_approved",
        "neighbourhood_id",
        "topic",
        unique=True,
        sqlite_where=text("status = 'approved'"),
        postgresql_where=text("status = 'approved'"),
    ),
    Index(  # a member asks once for the same
        "uq_campaigns_draft",
        "member_id",
        "topic",
        unique=True,
        sqlite_where=text("status = 'draft'"),
        postgresql_where=text("status = 'draft'"),
    ),
    Index(None, "ward_id"),
)

reminders = Table(
    "reminders",
    metadata,
    row_id(),
    to("campaigns", nullable=False, ondelete="CASCADE"),
    to("residents", nullable=False, ondelete="CASCADE", index=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="SET NULL")),
    Column("outcome", Text, nullable=False),
    Column("at", Utc, nullable=False),
    one_of("outcome", OUTCOMES),
    UniqueConstraint("campaign_id", "resident_id"),
    UniqueConstraint("delivery_id"),
    Index(None, "campaign_id", "outcome"),
    Index(
        "ix_reminders_parked",
        "resident_id",
        sqlite_where=text("outcome = 'needs_other_channel'"),
        postgresql_where=text("outcome = 'needs_other_channel'"),
    ),
)

place_moves = Table(  # what a change of neighbourhoods moved or ended, so that exactly that goes back
    "place_moves",
    metadata,
    row_id(),
    to("place_changes", nullable=False, index=True),
    to("residents", ondelete="CASCADE", index=True),
    to("members", ondelete="CASCADE", index=True),
    Column("class_id", Integer, ForeignKey("classes.id", ondelete="CASCADE"), index=True),
    to("help_requests", ondelete="CASCADE", index=True),
    to("local_warnings", ondelete="CASCADE", index=True),
    to("campaigns", ondelete="CASCADE", index=True),
    Column("before", Text),  # of a campaign: the status of a team's, the places of an office's
)

unanswered = Table(
    "unanswered",
    metadata,
    row_id(),
    to("wards", nullable=False),
    Column("text", Text, nullable=False),  # folded, without what tells who asked
    Column("times", Integer, nullable=False),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("aside_at", Utc),  # when the office answered it or put it aside, with others alike; none: it waits
    UniqueConstraint("ward_id", "text"),
)

help_requests = Table(
    "help_requests",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods"),
    to("conversations", nullable=False, ondelete="CASCADE"),
    Column("status", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("answered_at", Utc),  # for the first time; none: still waiting
    Column("told_at", Utc),  # since when the team knows of it
    Column("last_at", Utc),  # when the last word was said; none: nothing was said yet
    Column("question", Text, nullable=False, server_default=text("''")),  # folded, without what tells who asked
    Column("answer", Text, nullable=False, server_default=text("''")),  # the helper's, without numbers and names
    Column("used_at", Utc),  # when the office made an entry of both, or put them aside
    one_of("status", HELP_STATUSES),
    Index(None, "conversation_id"),
    Index(
        "uq_help_requests_open",
        "conversation_id",
        unique=True,
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
)

help_messages = Table(
    "help_messages",
    metadata,
    row_id(),
    Column("help_request_id", Integer, ForeignKey("help_requests.id", ondelete="CASCADE"), nullable=False, index=True),
    to("conversations", ondelete="CASCADE", index=True),  # whoever said it; none: the office
    Column("member_id", Integer, ForeignKey("members.id", ondelete="SET NULL"), index=True),
    Column("speaker", Text, nullable=False),
    Column("text", Text, nullable=False),  # without numbers and names
    Column("at", Utc, nullable=False),
    one_of("speaker", SPEAKERS),
)

local_warnings = Table(
    "local_warnings",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods"),
    to("conversations", ondelete="CASCADE", index=True),  # whoever passed it on, so that erasing finds it
    Column("text", Text, nullable=False),  # without names, numbers and live links
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'pending'")),
    Column("at", Utc, nullable=False),
    Column("draft", Boolean, nullable=False, server_default=false()),  # a member saw the verdict, and may pass it on
    Column("starts_at", Utc),  # of an approved one: from when on neighbours are warned
    Column("planned_at", Utc),  # since when it is known who is to be warned
    one_of("status", WARNING_STATUSES),
    Index(None, "ward_id", "status"),
)

warned = Table(  # whom a local warning was to reach
    "warned",
    metadata,
    row_id(),
    to("local_warnings", nullable=False, ondelete="CASCADE"),
    to("residents", nullable=False, ondelete="CASCADE", index=True),
    Column("delivery_id", Integer, ForeignKey("deliveries.id", ondelete="SET NULL"), index=True),
    Column("outcome", Text, nullable=False),
    one_of("outcome", OUTCOMES),
    UniqueConstraint("local_warning_id", "resident_id"),
)
