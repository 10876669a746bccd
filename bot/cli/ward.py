"""What a ward needs: neighbourhoods, figures, print, and the people who work with it."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.base import HELP, finish, run, settings, tell

app = typer.Typer()
staff = typer.Typer(help=HELP["staff"], no_args_is_help=True)
app.add_typer(staff, name="staff")
api_token = typer.Typer(help=HELP["api-token"], no_args_is_help=True)
app.add_typer(api_token, name="api-token")


@app.command("import-neighbourhoods", help=HELP["import_neighbourhoods"])
def import_neighbourhoods(file: Annotated[Path, typer.Argument(help=HELP["import_neighbourhoods.file"])]) -> None:
    """Import the neighbourhoods of a sheet, all of them or none."""
    from bot.reports import import_sheet

    finish(run(import_sheet(settings(), file)))


@app.command(help=HELP["coverage"])
def coverage(
    skill: Annotated[str, typer.Option(help=HELP["coverage.skill"])] = "",
    as_json: Annotated[bool, typer.Option("--json", help=HELP["coverage.json"])] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=HELP["coverage.csv"])] = False,
) -> None:
    """Print the coverage of the ward."""
    own = settings()
    from bot.reports import show_coverage

    form = "+".join(name for name, wanted in (("json", as_json), ("csv", as_csv)) if wanted) or "text"
    finish(run(show_coverage(own, skill, form)))


@app.command(help=HELP["recount"])
def recount() -> None:
    """Count all figures anew."""
    from bot.reports import recount_all

    finish(run(recount_all(settings())))


@app.command(help=HELP["seal"])
def seal(
    verify: Annotated[bool, typer.Option("--verify", help=HELP["seal.verify"])] = False,
    again: Annotated[str, typer.Option("--again", help=HELP["seal.again"])] = "",
    note: Annotated[str, typer.Option("--note", help=HELP["seal.note"])] = "",
) -> None:
    """Seal the figures of the months that are over."""
    from bot.sealing import seal_again, seal_now
    from bot.sealing import verify as verifying

    if verify:
        tell(run(verifying(settings())))
    if again or note:
        finish(run(seal_again(settings(), again, note)))
    finish(run(seal_now(settings())))


@app.command(help=HELP["report"])
def report(
    period: Annotated[str, typer.Argument(help=HELP["report.period"])],
    out: Annotated[Path | None, typer.Option(help=HELP["report.out"])] = None,
) -> None:
    """Report on a period."""
    from bot.period_report import make_report

    finish(run(make_report(settings(), period, out)))


@app.command(help=HELP["posters"])
def posters(
    neighbourhood: Annotated[str, typer.Option(help=HELP["posters.neighbourhood"])] = "",
    out: Annotated[Path, typer.Option(help=HELP["posters.out"])] = Path("posters"),
) -> None:
    """Make the neighbourhoods' posters."""
    from bot.prints import make_posters

    finish(run(make_posters(settings(), neighbourhood, out)))


@app.command(help=HELP["invite"])
def invite(
    neighbourhood: Annotated[str, typer.Argument(help=HELP["invite.neighbourhood"])],
    role: Annotated[str, typer.Option(help=HELP["invite.role"])] = "member",
) -> None:
    """Invite somebody to a neighbourhood's team."""
    from bot.members import invite as inviting

    finish(run(inviting(settings(), neighbourhood, role)))


@app.command(help=HELP["members"])
def members(revoke: Annotated[int | None, typer.Option(help=HELP["members.revoke"])] = None) -> None:
    """List the members of the teams."""
    from bot.members import members as listing

    finish(run(listing(settings(), revoke)))


Name = Annotated[str, typer.Argument(help=HELP["staff.name"])]


@staff.command("add", help=HELP["staff.add"])
def add_staff(name: Name, role: Annotated[str, typer.Option(help=HELP["staff.role"])] = "office") -> None:
    """Invite somebody to the office."""
    from bot.staff import add

    finish(run(add(settings(), name, role)))


@staff.command("list", help=HELP["staff.list"])
def list_staff() -> None:
    """List who may log in to the office."""
    from bot.staff import show

    finish(run(show(settings())))


@staff.command("revoke", help=HELP["staff.revoke"])
def revoke_staff(name: Name) -> None:
    """Let somebody in no more."""
    from bot.staff import revoke

    finish(run(revoke(settings(), name)))


System = Annotated[str, typer.Argument(help=HELP["api-token.name"])]


@api_token.command("add", help=HELP["api-token.add"])
def add_api_token(name: System, scope: Annotated[str, typer.Option(help=HELP["api-token.scope"])] = "coverage") -> None:
    """Let another system read."""
    from bot.api_tokens import add

    finish(run(add(settings(), name, scope)))


@api_token.command("list", help=HELP["api-token.list"])
def list_api_tokens() -> None:
    """List the systems that may read."""
    from bot.api_tokens import show

    finish(run(show(settings())))


@api_token.command("revoke", help=HELP["api-token.revoke"])
def revoke_api_token(name: System) -> None:
    """Let a system read no more."""
    from bot.api_tokens import revoke

    finish(run(revoke(settings(), name)))
