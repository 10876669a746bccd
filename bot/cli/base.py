"""What every command stands on: the settings, one loop, and how a command ends."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib.resources import files
from typing import Any, NoReturn

import typer
import yaml

HELP: dict[str, str] = yaml.load(files("bot").joinpath("texts/help.yaml").read_text("utf-8"), yaml.CSafeLoader)


def settings() -> Any:
    """Return the settings; stop with a clear message when one cannot be used."""
    from pydantic import ValidationError

    from bot.settings import Settings, complaint

    try:
        return Settings()
    except ValidationError as error:
        finish((complaint(error), 2))
    except UnicodeDecodeError:
        finish((HELP["env_not_utf8"], 2))


def run(work: Coroutine[Any, Any, Any], loop: Callable[[], asyncio.AbstractEventLoop] | None = None) -> Any:
    """Return what the work returns; say what to do when the database cannot be reached."""
    from content.reading import ContentError
    from storage.database import Unreachable

    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(work)
    except ContentError as error:
        finish((str(error), 1))
    except Unreachable:  # what the driver says may hold the password
        finish((HELP["no_database"], 1))


def served(work: Coroutine[Any, Any, None]) -> None:
    """Serve until interrupted; say what to do when the port is taken."""
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):  # there is none for Windows
        from uvloop import new_event_loop

        loop = new_event_loop
    try:
        run(work, loop)
    except KeyboardInterrupt:
        raise typer.Exit from None
    except OSError as error:
        finish((HELP["port_taken"].format(reason=error.strerror), 1))


def so_far(said: str) -> None:
    """Show how far the work has come, where somebody watches."""
    if sys.stderr.isatty():
        print(said, end="\r", flush=True, file=sys.stderr)


def tell(outcome: tuple[str, int]) -> NoReturn:
    """Print what was found, also when it is bad: scripts read it; leave with its exit code."""
    text, code = outcome
    print(text)
    raise typer.Exit(code)


def finish(outcome: tuple[str, int]) -> NoReturn:
    """Print what a command has to say and leave with its exit code; failures go to standard error."""
    text, code = outcome
    print(text, file=sys.stderr if code else sys.stdout)
    raise typer.Exit(code)
