"""Reminding one's neighbourhood: choose, see it as residents will, confirm; what became of it, taking it back."""

import datetime as dt
from collections.abc import Mapping
from math import ceil

from handlers import due, reminder
from handlers.hours import VIET_NAM, Hours
from handlers.messages import Reply
from handlers.team import own
from handlers.turn import Stray, Turn, number
from storage.audience import Aim
from storage.campaigns import WEEK, expected, next_about
from storage.receipts import receipts
from storage.tables import CONTINUE, REFRESH
from storage.team_facts import CampaignAsked, CampaignCancelled

GRACE = dt.timedelta(minutes=5)
"""Between confirming and the first reminder, so that it can be taken back. A preview is good for as long."""
SECOND_AFTER_DAYS = 3
PER_MINUTE = 100
"""Reminders a platform carries in a minute, but for Telegram."""
TELEGRAM_PER_MINUTE = 1500
TOMORROW, WEEKLY = "tomorrow", "weekly"
WEEKS, MORE_WEEKS = 4, (4, 8, 12)
"""How often a weekly reminder begins, and how often it may where that is chosen."""
PAGE = 6
RECEIPTS = 3
GOING_ON = ("draft", "approved", "started")
AUDIENCES = {"": "not_passed", "n": "not_started", "s": "started"}
"""Whom a reminder of a lesson means, by the letter after the topic in commands: "qr_pay:n"."""
INACTIVE_DAYS = 7
"""Who is reminded to go on learning, where nothing else is chosen: whoever has not written for so long."""
SILENCES = {"": INACTIVE_DAYS, "m": 30}
"""The days that can be chosen, by the letter likewise."""
LONGEST = 21
"""Characters of topic and letter, so that every command is short enough for a button."""


async def choose(turn: Turn, page: str = "1", *_: str) -> Reply:
    """Offer what to remind of: to go on, or one of the basic lessons."""
    await own(turn)
    topics = [CONTINUE, REFRESH, *turn.house.library.core_topics]
    at = number(page, (len(topics) - 1) // PAGE + 1)
    shown = topics[(at - 1) * PAGE :][:PAGE]
    choices = [
        turn.choice("campaign.about", f"/team_remind {topic}", title=reminder.title_of(turn.house, topic))
        for topic in shown
    ]
    if len(topics) > at * PAGE:
        choices.append(turn.choice("campaign.more", f"/team_reminders {at + 1}"))
    choices.append(turn.choice("campaign.sent", "/team_sent"))
    return Reply(turn.say("campaign.choose"), turn.ways(*choices, back="/team"))


async def preview(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Show the reminder as residents will see it, how many get it, who cannot, until when; or that it is planned."""
    member = await own(turn)
    aim = _aim(turn, member.neighbourhood_id, topic)
    planned = await turn.read(next_about, member.neighbourhood_id, aim.topic)
    counts, ways = await turn.read(expected, aim, turn.inbound.at, turn.house.ways)
    starts = turn.house.hours.following(turn.inbound.at + GRACE)
    count = counts.get("waiting", 0)
    ends = end_of(turn.house.hours, starts, ways)
    said = reminder.replies(turn.house.speech, turn.house.library, aim.topic)[0]
    prices = {"zalo_oa_paid": turn.house.ways.paid_price, "zalo_oa_template": turn.house.ways.template_price}
    values = {"counts": counts, "ways": ways, "starts": starts, "ends": ends, "planned": planned, "prices": prices}
    text = turn.say("campaign.preview", said=said, aim=aim, **values)
    choices = []
    if planned:
        choices.append(turn.choice("campaign.sent", "/team_sent"))
        choices.append(turn.choice("campaign.cancel", f"/team_unsend {aim.topic}"))
    elif count:
        asked = int(turn.inbound.at.timestamp())
        choices.append(turn.choice("campaign.send", f"/team_send {topic} {asked}", count=count))
        choices.append(turn.choice("campaign.tomorrow", f"/team_send {topic} {asked} {TOMORROW}"))
        choices.append(turn.choice("campaign.weekly", f"/team_send {topic} {asked} {WEEKLY}", weeks=WEEKS))
        choices.append(turn.choice("campaign.weekly_on", f"/team_weekly {topic}"))
    if not planned and aim.topic != REFRESH:
        choices.append(turn.choice("campaign.choose_audience", f"/team_audience {aim.topic}"))
    choices.append(turn.choice("campaign.forward", f"/team_forward {aim.topic}"))
    if member.role == "leader":
        choices.append(turn.choice("campaign.widen", f"/team_widen {topic}"))
    return Reply(text, turn.ways(*choices, back="/team_reminders"))


async def audience(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Offer whom the reminder is to mean; choosing leads to the preview."""
    aim = _aim(turn, (await own(turn)).neighbourhood_id, topic)
    letters = [""] if aim.topic == REFRESH else SILENCES if aim.topic == CONTINUE else AUDIENCES
    typed = [f"{aim.topic}:{letter}" if letter else aim.topic for letter in letters]
    choices = [
        turn.choice("campaign.one_audience", f"/team_remind {one}", aim=_aim(turn, aim.neighbourhood_id, one))
        for one in typed
    ]
    title = reminder.title_of(turn.house, aim.topic)
    return Reply(turn.say("campaign.ask_audience", title=title), turn.ways(*choices, back=f"/team_remind {aim.topic}"))


async def weekly(turn: Turn, topic: str = "", typed: str = "", *_: str) -> Reply:
    """Ask on which day a weekly reminder is to begin, then for how many weeks."""
    aim = _aim(turn, (await own(turn)).neighbourhood_id, topic)
    title, asked = reminder.title_of(turn.house, aim.topic), int(turn.inbound.at.timestamp())
    if not typed:
        days = [
            turn.choice("campaign.day", f"/team_weekly {topic} {day}", day=day)
            for day in (turn.today + dt.timedelta(days=ahead) for ahead in range(1, 8))
        ]
        return Reply(turn.say("campaign.ask_day", title=title), turn.ways(*days, back=f"/team_remind {topic}"))
    day = _day(turn, typed)
    choices = [
        turn.choice(
            "campaign.weeks",
            f"/team_send {topic} {asked} {WEEKLY} {day} {weeks}",
            weeks=weeks,
            last=day + WEEK * (weeks - 1),
        )
        for weeks in MORE_WEEKS
    ]
    text = turn.say("campaign.ask_weeks", title=title, day=day)
    return Reply(text, turn.ways(*choices, back=f"/team_weekly {topic}"))


def _day(turn: Turn, typed: str) -> dt.date:
    """Return a day of the week that comes. Stray: it is none."""
    ahead = [turn.today + dt.timedelta(days=days) for days in range(1, 8)]
    found = next((day for day in ahead if str(day) == typed), None)
    if found is None:
        raise Stray(typed)
    return found


async def send(turn: Turn, topic: str = "", asked: str = "", when: str = "", *chosen: str) -> Reply:
    """Ask for the campaign that was previewed just now; an old button leads to a new preview."""
    member = await own(turn)
    aim = _aim(turn, member.neighbourhood_id, topic)
    seconds = turn.inbound.at.timestamp() - int(asked) if asked.isascii() and asked.isdecimal() else -1
    planned = await turn.read(next_about, member.neighbourhood_id, aim.topic)
    if planned or not 0 <= seconds < GRACE.total_seconds():
        return await preview(turn, topic)
    starts, until = _when(turn, when, *chosen)
    turn.note(_asked(member.id, aim, starts, until=until))
    choices = (turn.choice("campaign.sent", "/team_sent"), turn.choice("campaign.cancel", f"/team_unsend {aim.topic}"))
    said = {"starts": starts, "days": SECOND_AFTER_DAYS, "until": until}
    return Reply(turn.say("campaign.confirmed", **said), turn.ways(*choices))


def _when(turn: Turn, when: str, typed: str = "", weeks: str = "", *_: str) -> tuple[dt.datetime, dt.datetime | None]:
    """Return when the first reminder leaves, and the start of the last one where it begins anew every week."""
    tomorrow = turn.today + dt.timedelta(days=1)
    day = _day(turn, typed) if typed else tomorrow if when == TOMORROW else None
    midnight = dt.datetime.combine(day, dt.time(), VIET_NAM).astimezone(dt.UTC) if day else None
    starts = turn.house.hours.following(midnight or turn.inbound.at + GRACE)
    times = number(weeks, max(MORE_WEEKS)) if weeks else WEEKS
    return starts, starts + WEEK * (times - 1) if when == WEEKLY else None


async def widen(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Ask the office to remind the whole ward of it; nothing leaves before it has approved."""
    member = await own(turn)
    aim = _aim(turn, member.neighbourhood_id, topic)
    if member.role != "leader":
        raise Stray("widen")
    turn.note(_asked(member.id, aim, turn.house.hours.following(turn.inbound.at + GRACE), wide=True))
    choices = (turn.choice("campaign.sent", "/team_sent"), turn.choice("campaign.cancel", f"/team_unsend {aim.topic}"))
    return Reply(turn.say("campaign.asked"), turn.ways(*choices))


def _asked(
    member_id: int, aim: Aim, starts: dt.datetime, wide: bool = False, until: dt.datetime | None = None
) -> CampaignAsked:
    about = (aim.topic, aim.topics, aim.audience, aim.inactive_days)
    return CampaignAsked(member_id, *about, starts, SECOND_AFTER_DAYS, wide, until)


async def sent(turn: Turn, *_: str) -> Reply:
    """Say what became of the latest campaigns of the neighbourhood, and when those go on that do."""
    member = await own(turn)
    found = await turn.read(receipts, member.neighbourhood_id)
    begun = [receipt for receipt in found if receipt.number == 0 or receipt.planned][:RECEIPTS]
    coming = {receipt.series_id: receipt.starts_at for receipt in found if receipt.status == "approved"}
    running = {receipt.topic: None for receipt in found if receipt.status in GOING_ON}
    choices = [
        turn.choice("campaign.cancel_one", f"/team_unsend {topic}", title=reminder.title_of(turn.house, topic))
        for topic in running
    ]
    alone = next((one.topic for one in begun if one.counts.get("needs_other_channel")), "")
    if alone:
        choices.append(turn.choice("campaign.forward", f"/team_forward {alone}"))
    listed = [
        (receipt, reminder.title_of(turn.house, receipt.topic), coming.pop(receipt.series_id, None))
        for receipt in begun
    ]
    return Reply(turn.say("campaign.receipts", listed=listed), turn.ways(*choices, back="/team"))


async def unsend(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Take back what has not left yet."""
    member = await own(turn)
    turn.note(CampaignCancelled(member.id, topic))
    return Reply(turn.say("campaign.cancelled"), turn.ways(turn.choice("campaign.sent", "/team_sent"), back="/team"))


async def forward(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Give a text with the link, for those who cannot be reminded."""
    member = await own(turn)
    _aim(turn, member.neighbourhood_id, topic)
    text = turn.say("campaign.forwarded", lesson=turn.house.library.get(topic), code=member.code)
    return Reply(text, turn.ways(back=f"/team_remind {topic}"))


def _aim(turn: Turn, neighbourhood_id: int | None, typed: str) -> Aim:
    """Return whom a reminder of this means. Stray: there is nothing to remind of, or nobody is meant so."""
    ward = turn.house.ward.id
    topic, _, letter = typed.partition(":")
    if topic == CONTINUE and letter in SILENCES:
        return Aim(ward, neighbourhood_id, topic, turn.house.library.core_topics, "inactive", SILENCES[letter])
    if topic == REFRESH and not letter:
        return Aim(ward, neighbourhood_id, topic, tuple(due.topics(turn.house.library)), "refresh_due")
    too_long = bool(letter) and len(typed) > LONGEST
    if turn.house.library.get(topic) is None or letter not in AUDIENCES or too_long:
        raise Stray(typed)
    return Aim(ward, neighbourhood_id, topic, (topic,), AUDIENCES[letter])


def end_of(hours: Hours, starts: dt.datetime, ways: Mapping[str, int]) -> dt.datetime:
    """Return when so many reminders by each way have left that begin then: the slowest account decides."""
    oa = sum(count for way, count in ways.items() if way.startswith("zalo_oa"))
    minutes = max(oa, ways.get("zalo_bot", 0)) / PER_MINUTE, ways.get("telegram", 0) / TELEGRAM_PER_MINUTE
    return hours.after(starts, dt.timedelta(minutes=ceil(max(minutes))))
