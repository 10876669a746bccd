"""The command line: one function per command, each importing only what it needs."""

import sys
from io import TextIOWrapper

import typer

from bot.cli import content, running, ward
from bot.cli.base import HELP

app = typer.Typer(help=HELP["hocvuso"], no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for part in (running, ward, content):
    app.add_typer(part.app)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # Vietnamese, also where it is redirected on Windows
    app()
