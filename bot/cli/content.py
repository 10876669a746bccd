"""What an author needs: lessons, questions and the judging of messages."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.base import HELP, finish, run, served, settings, so_far, tell

app = typer.Typer()
evaluate = typer.Typer(help=HELP["evaluate"], no_args_is_help=True)
app.add_typer(evaluate, name="evaluate")


@app.command(help=HELP["check"])
def check() -> None:
    """Check the content."""
    from bot.reports import check_content

    finish(check_content(settings()))


@app.command(help=HELP["cards"])
def cards(
    lesson: Annotated[str, typer.Option(help=HELP["cards.lesson"])] = "",
    out: Annotated[Path, typer.Option(help=HELP["cards.out"])] = Path("cards"),
) -> None:
    """Draw the lessons' cards."""
    from bot.prints import make_cards

    finish(make_cards(settings(), lesson, out, so_far))


@app.command(help=HELP["preview"])
def preview(
    topic: Annotated[str, typer.Argument(help=HELP["preview.topic"])] = "",
    port: Annotated[int, typer.Option(min=1, max=65535, help=HELP["preview.port"])] = 8010,
) -> None:
    """Show the lessons as each channel will show them."""
    from bot.preview import run as previewing

    served(previewing(settings(), topic, port))


@app.command(help=HELP["schema"])
def schema() -> None:
    """Print what editors need to help with lessons."""
    from lessons.schema import as_json

    finish((as_json(), 0))


@app.command(help=HELP["ask"])
def ask(
    text: Annotated[str, typer.Argument(help=HELP["ask.text"])],
    as_json: Annotated[bool, typer.Option("--json", help=HELP["ask.json"])] = False,
) -> None:
    """Say what the bank answers to a question."""
    from bot.questions import ask_bank

    finish(ask_bank(settings(), text, as_json))


@app.command(help=HELP["unanswered"])
def unanswered(as_json: Annotated[bool, typer.Option("--json", help=HELP["unanswered.json"])] = False) -> None:
    """List the questions nobody could answer."""
    from bot.questions import show_unanswered

    finish(run(show_unanswered(settings(), as_json)))


@app.command(help=HELP["scam"])
def scam(
    text: Annotated[str, typer.Argument(help=HELP["scam.text"])],
    as_json: Annotated[bool, typer.Option("--json", help=HELP["scam.json"])] = False,
) -> None:
    """Judge a message."""
    from bot.messages_judged import judge_message

    finish(judge_message(text, as_json))


Rows = Annotated[Path, typer.Argument(help=HELP["evaluate.file"])]


Predictions = Annotated[Path, typer.Option("--predictions", help=HELP["evaluate.predictions"])]


@evaluate.command("faq", help=HELP["evaluate.faq"])
def evaluate_faq(file: Rows, predictions: Predictions) -> None:
    """Judge the bank by a file of questions."""
    from bot.evaluation import evaluate_faq as evaluated

    tell(evaluated(settings(), file, predictions))


@evaluate.command("scam", help=HELP["evaluate.scam"])
def evaluate_scam(file: Rows, predictions: Predictions) -> None:
    """Judge the scam checker by a file of messages."""
    from bot.evaluation import evaluate_scam as evaluated

    tell(evaluated(file, predictions))
