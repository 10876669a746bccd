"""Is this message a scam? The verdict with its reasons, first aid for who followed it, passing it on to the team."""

from faq.deeds import deed
from faq.pasted import lure, pasted, wonders
from faq.redact import defanged, redacted
from faq.scam import Verdict, judge
from faq.secret import looks_secret
from handlers import aside
from handlers.messages import Choice, Reply
from handlers.team import own
from handlers.turn import Turn
from storage.help_facts import Warned, WarningConfirmed
from storage.local_warnings import drafted
from storage.team import member_of

FEWEST_WORDS = 3
"""A number with fewer words around it is somebody's secret, and no message to look at."""
LONGEST_WARNING = 600
SHORT_WORDS = 12
"""A message as short as this that holds a number and nothing suspicious may be the resident's own secret."""
LONG_WORDS = 24
"""Few questions are longer."""
AID = {
    "money": "scam.aid_money",
    "code": "scam.aid_code",
    "app": "scam.aid_app",
    "link": "scam.aid_link",
    "called": "scam.aid_called",
}
"""What to do now, by what was done already."""


async def look(turn: Turn, *words: str) -> Reply:
    """Judge the message that was pasted, or ask for one."""
    text = " ".join(words).strip()
    if not text:
        return Reply(turn.say("scam.invite"), turn.ways(), expects="/scam")
    if _is_bare_secret(text):
        return Reply(turn.say("question.secret"), turn.ways(turn.choice("scam.another", "/scam")))
    return await verdict_on(turn, judge(text), text)


def holds_message(text: str) -> bool:
    """Return whether a text with a number in it is somebody else's message, and not a secret of the resident's own."""
    verdict = judge(text)
    short = verdict.level == "ok" and len(text.split()) < SHORT_WORDS
    return not short and not _is_bare_secret(text) and bool(pasted(text, verdict))


def is_harmless_question(text: str) -> bool:
    """Return whether a text shows no sign of a swindle and reads as a question of the resident's own."""
    verdict = judge(text)
    return verdict.level == "ok" and pasted(text, verdict) is False


async def of_pasted(turn: Turn, text: str, answered: bool) -> Reply | None:
    """Return the verdict on somebody else's message, ask where it is unclear, None for a question.

    `answered`: the text is also a question that has an answer; then only a long message, a link or a lure is a message.
    """
    verdict = judge(text)
    message = pasted(text, verdict)
    if answered and not (message and (len(text.split()) > LONG_WORDS or "://" in text or lure(text, verdict))):
        return None
    if message is None:
        choices = (turn.choice("scam.look_at_message", "/scam"), turn.choice("scam.only_asking", "/scam_question"))
        return Reply(turn.say("scam.which"), aside.ways(turn, *choices))
    return await verdict_on(turn, verdict, text) if message else None


def look_too(turn: Turn, text: str) -> tuple[Choice, ...]:
    """Return the way to have a message looked at, for a question about one that was not sent along."""
    return (turn.choice("scam.menu", "/scam"),) if wonders(text) else ()


def deed_told(turn: Turn, text: str, answered: bool) -> str:
    """Return what somebody says they have done already, a key of AID; empty: nothing, or a question with an answer.

    After a verdict "tôi lỡ bấm rồi" is about that message, whatever else it may be like.
    """
    after_verdict = any(choice.command == "/scam_done" for choice in turn.offered.choices)
    return "" if answered and not after_verdict else deed(text, after_verdict)


async def question(turn: Turn, *_: str) -> Reply:
    """Ask for the question again, in fewer words."""
    return Reply(turn.say("scam.ask_again"), turn.ways())


async def verdict_on(turn: Turn, verdict: Verdict, text: str) -> Reply:
    """Say the level in words, the phrases that show it, what to do and whom to call."""
    signs = [(defanged(redacted(seen.phrase)), seen.says) for seen in verdict.evidence][:3]
    another = turn.choice("scam.another", "/scam")
    here = await _pass_on(turn, verdict, text)
    if verdict.level == "ok":
        return Reply(turn.say("scam.ok"), aside.ways(turn, *here, another))
    ways = (*_lesson(turn, verdict.topic), turn.choice("scam.followed", "/scam_done"))
    if verdict.level == "suspect":
        return Reply(turn.say("scam.suspect", signs=signs, kind=verdict.kind), aside.ways(turn, *here, *ways, another))
    said = turn.say("scam.scam", signs=signs, kind=verdict.kind)
    pass_on = [] if here else [turn.choice("scam.pass_on", "/share_scam")]
    return Reply(said, aside.ways(turn, *here, *ways, *pass_on))


async def _pass_on(turn: Turn, verdict: Verdict, text: str) -> tuple[Choice, ...]:
    """Return a member's way to say that the message goes round here; kept for a day for that, as it would be shown."""
    if await turn.read(member_of, turn.known.conversation_id) is None:
        return ()
    turn.note(Warned(defanged(redacted(text[:LONGEST_WARNING])), verdict.kind, draft=True))
    return (turn.choice("scam.here", "/team_warn"),)


async def confirm(turn: Turn, *_: str) -> Reply:
    """Pass on the message a member looked at last: the office decides whether neighbours are warned of it."""
    member = await own(turn)
    if not await turn.read(drafted, turn.known.conversation_id):
        return Reply(turn.say("scam.invite"), turn.ways(back="/team"), expects="/scam")
    turn.note(WarningConfirmed(member.id))
    return Reply(turn.say("scam.confirmed", member=member), turn.ways(back="/team"))


async def done(turn: Turn, deed: str = "", *_: str) -> Reply:
    """Ask what was done already, then say what to do now, in the right order."""
    if deed == "machine":
        choices = (turn.choice("scam.did_app", "/scam_done app"), turn.choice("scam.did_link", "/scam_done link"))
        return Reply(turn.say("scam.which_deed"), turn.ways(*choices, back="/scam_done"))
    if deed not in AID:
        money, code = turn.choice("scam.did_money", "/scam_done money"), turn.choice("scam.did_code", "/scam_done code")
        machine = turn.choice("scam.did_machine", "/scam_done machine")
        return Reply(turn.say("scam.what_done"), turn.ways(money, code, machine))
    called = () if deed in ("called", "link") else (turn.choice("scam.called", "/scam_done called"),)
    more = turn.choice("scam.did_more", "/scam_done")
    return Reply(turn.say(AID[deed]), turn.ways(*called, more, *_lesson(turn, "scam_report"), back="/scam_done"))


async def share(turn: Turn, *words: str) -> Reply:
    """Ask for the message once more: sending it again is agreeing that the team gets it, without names and numbers."""
    text = " ".join(words).strip()
    if not text:
        return Reply(turn.say("scam.share"), turn.ways(), expects="/share_scam")
    if _is_bare_secret(text):
        return Reply(turn.say("question.secret"), turn.ways(), expects="/share_scam")
    turn.note(Warned(defanged(redacted(text[:LONGEST_WARNING])), judge(text).kind))
    return Reply(turn.say("scam.shared"), turn.ways(turn.choice("scam.another", "/scam")))


def _lesson(turn: Turn, topic: str) -> tuple[Choice, ...]:
    lesson = turn.house.library.get(topic)
    return (turn.choice("scam.lesson", f"/lesson {topic}", title=lesson.title),) if lesson else ()


def _is_bare_secret(text: str) -> bool:
    """Return whether a text is little more than a number nobody should send."""
    return looks_secret(text) and sum(word.isalpha() for word in text.split()) < FEWEST_WORDS
