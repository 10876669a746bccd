"""A Zalo Official Account on localhost, with people in front of it; `python -m tests.fakes.zalo_oa` to chat as one."""

import argparse
import asyncio
import datetime as dt
import shlex
from typing import Any

from tests.fakes.mishaps import serving
from tests.fakes.zalo_oa_people import Clock, Person
from tests.fakes.zalo_oa_server import APP_SECRET, FIRST_REFRESH, ZaloOaServer
from tests.fakes.zalo_oa_webhooks import APP_ID, OA_ID, OA_SECRET, Event

HELP = """Type to write to the OA. Or: !1 taps the first button, !follow, !unfollow, !open, !send image (sticker, …),
!seen, !staff, !hours 50 moves the clock, !again resends what was not taken, !quit."""


def settings_for(url: str) -> dict[str, str]:
    """Return the settings of a product that is to talk to the fake at this address."""
    return {
        "zalo_oa_id": OA_ID,
        "zalo_oa_app_id": APP_ID,
        "zalo_oa_app_secret": APP_SECRET,
        "zalo_oa_secret_key": OA_SECRET,
        "zalo_oa_refresh_token": FIRST_REFRESH,
        "zalo_oa_api_base": url,
        "zalo_oa_oauth_base": url,
    }


class FakeZaloOa(ZaloOaServer):
    """Zalo's servers, and what people do in the app. Each act returns the status the webhook answered with."""

    def person(self, number: str = "7300000000000000003") -> Person:
        """Return somebody, known from now on."""
        return self.people.setdefault(number, Person(number))

    def written(self, person: Person, event: str = "user_send_text", number: str = "", **message: Any) -> Event:
        """Return the event of a message that a person writes; it is not told yet."""
        self._interact(person)
        message = {"msg_id": number or f"u-{person.id}-{next(self.webhooks.numbers)}", **message}
        return self.webhooks.event(event, sender={"id": person.id}, recipient={"id": OA_ID}, message=message)

    async def says(self, person: Person, text: str) -> int:
        """Write to the OA."""
        return await self.webhooks.tell(self.written(person, text=text))

    async def taps(self, person: Person, title: str) -> int:
        """Tap the button whose title begins so: its payload is told as if it had been written."""
        payload = next(button["payload"] for button in person.buttons if button["title"].startswith(title))
        return await self.says(person, payload)

    async def sends(self, person: Person, kind: str) -> int:
        """Send something that is no text: an image, a sticker, …"""
        attachment = {"type": kind, "payload": {"url": "https://files.example.invalid/a"}}
        return await self.webhooks.tell(self.written(person, f"user_send_{kind}", attachments=[attachment]))

    async def follows(self, person: Person) -> int:
        """Begin to follow: the event has no recipient."""
        self._interact(person)
        person.follows = True
        return await self._told("follow", oa_id=OA_ID, follower={"id": person.id}, source="oa_profile")

    async def unfollows(self, person: Person) -> int:
        """Follow no more."""
        person.follows = False
        return await self._told("unfollow", oa_id=OA_ID, follower={"id": person.id}, source="oa_profile")

    async def opens(self, person: Person) -> int:
        """Tap "Nhắn tin"."""
        self._interact(person)
        return await self._told("user_click_chatnow", oa_id=OA_ID, user_id=person.id)

    async def sees(self, person: Person) -> int:
        """Read everything."""
        numbers = [f"m-{person.id}-{place}" for place in range(1, len(person.messages) + 1)]
        return await self._between("user_seen_message", person, msg_ids=numbers)

    async def gets(self, person: Person) -> int:
        """Receive the last message."""
        return await self._between("user_received_message", person, msg_id=f"m-{person.id}-{len(person.messages)}")

    async def staff_says(self, person: Person, text: str) -> int:
        """Answer as a human of the OA, in Zalo's console."""
        person.messages.append({"text": text})
        sender = {"id": OA_ID, "admin_id": "6600000000000000006"}
        return await self._told("oa_send_text", sender=sender, recipient={"id": person.id}, message={"text": text})

    async def _between(self, name: str, person: Person, **message: Any) -> int:
        return await self._told(name, sender={"id": OA_ID}, recipient={"id": person.id}, message=message)

    async def _told(self, name: str, **fields: Any) -> int:
        return await self.webhooks.tell(self.webhooks.event(name, **fields))

    def _interact(self, person: Person) -> None:
        person.heard_at = self.clock()
        person.free = self.cap or 0


async def act(fake: FakeZaloOa, clock: Clock, me: Person, line: str) -> int:
    """Do what a line says; return the webhook's status."""
    word, *arguments = shlex.split(line[1:]) if line.startswith("!") else ("", line)
    if not line.startswith("!"):
        return await fake.says(me, line)
    if word.isdigit():
        return await fake.says(me, me.buttons[int(word) - 1]["payload"])
    if word == "hours":
        clock.move(hours=float(arguments[0]))
        return 200
    if word == "again":
        await fake.webhooks.again()
        return 200
    acts = {"follow": fake.follows, "unfollow": fake.unfollows, "open": fake.opens, "seen": fake.sees}
    if word in acts:
        return await acts[word](me)
    return await (fake.sends(me, arguments[0]) if word == "send" else fake.staff_says(me, " ".join(arguments)))


def say(text: str) -> None:
    """Print for the person at the terminal."""
    print(text, flush=True)  # noqa: T201


async def show(me: Person) -> None:
    """Print what arrives, as it arrives."""
    shown = 0
    while True:
        for message in me.messages[shown:]:
            say(f"\n{message.get('text', '[picture]')}")
            for place, button in enumerate(me.buttons if message is me.messages[-1] else [], 1):
                say(f"   (!{place}) {button['title']}")
        shown = len(me.messages)
        await asyncio.sleep(0.1)


async def chat(port: int, webhook: str) -> None:
    """Be a person with a phone, until there is nothing more to type."""
    clock = Clock(dt.datetime.now(dt.UTC))
    fake = FakeZaloOa(clock)
    fake.webhooks.url = webhook
    me = fake.person()
    async with serving(fake.app(), port) as url:
        say("\n".join(f"{name.upper()}={value}" for name, value in settings_for(url).items()))
        say(f"Start `hocvuso serve` with these settings; the webhook is {webhook}.\n{HELP}")
        showing = asyncio.create_task(show(me))
        while (line := await asyncio.to_thread(_typed)) not in ("", "!quit"):
            try:
                status = await act(fake, clock, me, line)
            except (LookupError, ValueError) as error:
                status = 0
                say(f"? {error}")
            if status != 200:
                say(f"(the webhook answered {status})")
        showing.cancel()


def _typed() -> str:
    try:
        return input()
    except EOFError:
        return ""


def main() -> None:
    """Chat in the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/webhook/zalo-oa")
    arguments = parser.parse_args()
    asyncio.run(chat(arguments.port, arguments.webhook))


if __name__ == "__main__":
    main()
