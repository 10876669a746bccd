"""What an operator needs: serving, watching, keeping."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.base import HELP, finish, run, served, settings, tell

app = typer.Typer()
webhook = typer.Typer(help=HELP["webhook"], no_args_is_help=True)
app.add_typer(webhook, name="webhook")
deliveries = typer.Typer(help=HELP["deliveries"], no_args_is_help=True)
app.add_typer(deliveries, name="deliveries")


@app.command(help=HELP["serve"])
def serve() -> None:
    """Run the program."""
    own = settings()  # what is wrong with them is said before anything else is imported
    from bot.server import serve as serving

    served(serving(own))


@app.command(help=HELP["chat"])
def chat(
    name: Annotated[str, typer.Option("--as", help=HELP["chat.name"])] = "ba-con",
    at: Annotated[str, typer.Option("--at", help=HELP["chat.at"])] = "",
) -> None:
    """Talk to the core in the terminal."""
    own = settings()
    from bot.channels.console import talk

    run(talk(own, name, at))


@app.command(help=HELP["demo"])
def demo(
    fresh: Annotated[bool, typer.Option(help=HELP["demo.fresh"])] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help=HELP["demo.port"])] = 8000,
) -> None:
    """Serve a sample ward."""
    from bot.demo import run as demonstrating

    served(demonstrating(fresh, port))


@app.command(help=HELP["doctor"])
def doctor(as_json: Annotated[bool, typer.Option("--json", help=HELP["doctor.json"])] = False) -> None:
    """Look at everything the program stands on."""
    from bot.doctor import examine

    tell(asyncio.run(examine(settings(), as_json)))


@app.command("push-key", help=HELP["push-key"])
def push_key() -> None:
    """Print a new key for reminders on the web."""
    from bot.channels.web_push import new_key

    finish((f"VAPID_PRIVATE_KEY={new_key()}", 0))


Channel = Annotated[str, typer.Argument(help=HELP["webhook.channel"])]


@webhook.command("set", help=HELP["webhook.set"])
def set_webhook(channel: Channel) -> None:
    """Register a channel's webhook."""
    _webhook("set", channel)


@webhook.command("delete", help=HELP["webhook.delete"])
def delete_webhook(channel: Channel) -> None:
    """Remove a channel's webhook."""
    _webhook("delete", channel)


@webhook.command("info", help=HELP["webhook.info"])
def show_webhook(channel: Channel) -> None:
    """Tell where a channel's messages are brought to."""
    _webhook("info", channel)


def _webhook(act: Any, channel: str) -> None:
    from bot.app import now
    from bot.webhooks import webhook as acting

    tell(asyncio.run(acting(settings(), act, channel, now)))


Days = Annotated[int, typer.Option(min=1, max=3660, help=HELP["deliveries.days"])]


@deliveries.command("list", help=HELP["deliveries.list"])
def list_deliveries(
    days: Days = 7, as_json: Annotated[bool, typer.Option("--json", help=HELP["deliveries.json"])] = False
) -> None:
    """List the messages that were given up."""
    from bot.dead_letters import show

    finish(run(show(settings(), days, as_json)))


@deliveries.command("replay", help=HELP["deliveries.replay"])
def replay_deliveries(
    ids: Annotated[list[int] | None, typer.Argument(help=HELP["deliveries.ids"])] = None,
    every: Annotated[bool, typer.Option("--all", help=HELP["deliveries.all"])] = False,
    days: Days = 7,
) -> None:
    """Queue messages that were given up once more."""
    from bot.dead_letters import again

    if bool(ids) == every:
        finish((HELP["deliveries.which"], 2))
    finish(run(again(settings(), ids or [], days)))


@app.command(help=HELP["backup"])
def backup(out: Annotated[Path | None, typer.Option(help=HELP["backup.out"])] = None) -> None:
    """Make a backup of all data."""
    from bot.backups import backup as backing_up

    finish(backing_up(settings(), out))


@app.command(help=HELP["restore"])
def restore(file: Annotated[Path, typer.Argument(help=HELP["restore.file"])]) -> None:
    """Put a backup in the place of the data."""
    from bot.backups import restore as restoring
    from storage.database import Unreachable

    try:
        finish(restoring(settings(), file))
    except Unreachable:
        finish((HELP["no_database"], 1))


@app.command(help=HELP["tidy"])
def tidy() -> None:
    """Tidy away what is of no use any more."""
    from bot.tidying import tidy_now

    finish(run(tidy_now(settings())))
