"""The command line: one function per command, each importing only what it needs."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib.resources import files
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml

HELP: dict[str, str] = yaml.load(files("bot").joinpath("texts/help.yaml").read_text("utf-8"), yaml.CSafeLoader)

app = typer.Typer(help=HELP["hocvuso"], no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
webhook = typer.Typer(help=HELP["webhook"], no_args_is_help=True)
app.add_typer(webhook, name="webhook")


@app.command(help=HELP["serve"])
def serve() -> None:
    """Run the program."""
    from bot.server import serve as serving

    _serve(serving(_settings()))


@app.command(help=HELP["chat"])
def chat(
    name: Annotated[str, typer.Option("--as", help=HELP["chat.name"])] = "ba-con",
    at: Annotated[str, typer.Option("--at", help=HELP["chat.at"])] = "",
) -> None:
    """Talk to the core in the terminal."""
    from bot.channels.console import talk

    _run(talk(_settings(), name, at))


@app.command(help=HELP["demo"])
def demo(
    fresh: Annotated[bool, typer.Option(help=HELP["demo.fresh"])] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help=HELP["demo.port"])] = 8000,
) -> None:
    """Serve a sample ward."""
    from bot.demo import run

    _serve(run(fresh, port))


@app.command("import-neighbourhoods", help=HELP["import_neighbourhoods"])
def import_neighbourhoods(file: Annotated[Path, typer.Argument(help=HELP["import_neighbourhoods.file"])]) -> None:
    """Import the neighbourhoods of a sheet, all of them or none."""
    from bot.reports import import_sheet

    _finish(_run(import_sheet(_settings(), file)))


@app.command(help=HELP["coverage"])
def coverage(
    skill: Annotated[str, typer.Option(help=HELP["coverage.skill"])] = "",
    as_json: Annotated[bool, typer.Option("--json", help=HELP["coverage.json"])] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=HELP["coverage.csv"])] = False,
) -> None:
    """Print the coverage of the ward."""
    from bot.reports import show_coverage

    form = "+".join(name for name, wanted in (("json", as_json), ("csv", as_csv)) if wanted) or "text"
    _finish(_run(show_coverage(_settings(), skill, form)))


@app.command(help=HELP["check"])
def check() -> None:
    """Check the content."""
    from bot.reports import check_content

    _finish(check_content(_settings()))


@app.command(help=HELP["doctor"])
def doctor(as_json: Annotated[bool, typer.Option("--json", help=HELP["doctor.json"])] = False) -> None:
    """Look at everything the program stands on."""
    from bot.doctor import examine

    _tell(asyncio.run(examine(_settings(), as_json)))


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

    _tell(asyncio.run(acting(_settings(), act, channel, now)))


def _settings() -> Any:
    """Return the settings; stop with a clear message when one cannot be used."""
    from pydantic import ValidationError

    from bot.settings import Settings, complaint

    try:
        return Settings()
    except ValidationError as error:
        _finish((complaint(error), 2))
    except UnicodeDecodeError:
        _finish((HELP["env_not_utf8"], 2))


def _run(work: Coroutine[Any, Any, Any], loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> Any:
    """Return what the work returns; say what to do when the database cannot be reached."""
    from lessons.library import ContentError
    from storage.database import Unreachable

    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(work)
    except ContentError as error:
        _finish((str(error), 1))
    except Unreachable:  # what the driver says may hold the password
        _finish((HELP["no_database"], 1))


def _serve(work: Coroutine[Any, Any, None]) -> None:
    """Serve until interrupted; say what to do when the port is taken."""
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):  # there is none for Windows
        from uvloop import new_event_loop

        loop = new_event_loop
    try:
        _run(work, loop)
    except KeyboardInterrupt:
        raise typer.Exit from None
    except OSError as error:
        _finish((HELP["port_taken"].format(reason=error.strerror), 1))


def _tell(outcome: tuple[str, int]) -> NoReturn:
    """Print what was found, also when it is bad: scripts read it; leave with its exit code."""
    text, code = outcome
    print(text)
    raise typer.Exit(code)


def _finish(outcome: tuple[str, int]) -> NoReturn:
    """Print what a command has to say and leave with its exit code; failures go to standard error."""
    text, code = outcome
    print(text, file=sys.stderr if code else sys.stdout)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # Vietnamese, also where it is redirected on Windows
    app()
