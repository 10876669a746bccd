"""Judging by a file: predictions for every good line, figures where it tells what is right, bad lines by number."""

import json
from pathlib import Path

import pytest
import yaml

from bot.evaluation import evaluate_faq, evaluate_scam
from bot.settings import Settings
from faq.bank import Bank
from faq.figures import Judged, figures, scam_figures

HERE = Path(__file__).parent
SETTINGS = Settings(faq_dir=HERE / "bank", _env_file=None)


def lines(file: Path, *rows: object) -> Path:
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return file


def read(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_question_gets_a_prediction_and_bad_lines_their_number(tmp_path: Path) -> None:
    rows = (
        {"id": "a", "text": "quet ma tra tien"},
        "{",
        {"id": "b"},
        "",
        {"id": "a", "text": "x"},
        {"id": 3, "text": ""},
    )
    text, code = evaluate_faq(SETTINGS, lines(tmp_path / "in", *rows), tmp_path / "out")
    assert code == 1
    assert [reason in text for reason in ("dòng 2: không phải", "dòng 3: thiếu id", "dòng 5: id này")] == [True] * 3
    made = read(tmp_path / "out")
    assert [row["id"] for row in made] == ["a", 3]
    assert made[0]["topics"][0] == "second_steps"  # type: ignore[index]
    assert (made[1]["topics"], made[1]["score"], made[1]["action"]) == ([], 0.0, "refuse")


def test_a_file_that_tells_what_is_right_gets_figures_by_style(tmp_path: Path) -> None:
    asked = [
        {"id": 1, "text": "quét mã trả tiền", "topic": "second_steps", "style": "clean"},
        {"id": 2, "text": "phong to chu", "topic": "other", "accept": ["first_steps"], "style": "bare"},
    ]
    text, code = evaluate_faq(SETTINGS, lines(tmp_path / "in", *asked), tmp_path / "out")
    found = json.loads(text.splitlines()[-1])
    assert (code, list(found), found["all"]["top1"]) == (0, ["clean", "bare", "all"], 100.0)
    assert "tất cả" in text


def test_scams_are_judged_the_same_way(tmp_path: Path) -> None:
    rows = [
        {"id": "s", "text": "Tai khoan bi khoa. Xac thuc ngay tai http://vcb-khoa.top", "label": "scam"},
        {"id": "g", "text": "Chiều nay họp tổ dân phố lúc bảy giờ nhé bà con", "label": "genuine"},
    ]
    text, code = evaluate_scam(lines(tmp_path / "in", *rows), tmp_path / "out")
    found = json.loads(text.splitlines()[-1])
    assert (code, found["scams"], found["genuine_as_scam"], found["warned"]) == (0, 1, 0, 100.0)
    made = read(tmp_path / "out")
    assert [row["level"] != "ok" for row in made] == [True, False]
    assert made[0]["evidence"]


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    text, code = evaluate_faq(SETTINGS, tmp_path / "nothing", tmp_path / "out")
    assert (code, "Không đọc được tệp" in text) == (2, True)


def test_figures_count_as_they_say() -> None:
    ours, others = frozenset({"a"}), frozenset({"out_of_scope"})
    rows = [
        Judged("x", ours, ("a", "b"), "answer"),
        Judged("x", ours, ("b", "a"), "answer"),
        Judged("x", ours, ("b", "c", "a"), "offer"),
        Judged("x", ours, ("a",), "refuse"),
        Judged("x", others, ("b",), "answer"),
        Judged("x", others, ("out_of_scope",), "answer"),
    ]
    found = figures(rows)["x"]
    assert (found["top1"], found["top3"]) == (50.0, 83.3)
    assert (found["answered"], found["answered_right"], found["solved"]) == (50.0, 50.0, 50.0)
    assert (found["out_of_scope"], found["out_of_scope_answered"]) == (2, 50.0)
    scams = scam_figures([(True, "scam"), (True, "suspect"), (True, "ok"), (False, "scam"), (False, "ok")])
    told = [scams[name] for name in ("precision", "recall", "warned", "false_alarms", "genuine_as_scam")]
    assert told == [50.0, 33.3, 66.7, 50.0, 1]


LEAST = {
    "golden": {"top1": 95, "top3": 98, "answered": 90, "answered_right": 98, "solved": 97},
    "golden_styles": {"top1": 93, "top3": 97, "answered": 85, "answered_right": 97, "solved": 96},
    "golden_everyday": {"top1": 87, "top3": 95, "answered": 70, "answered_right": 96, "solved": 93},
    "golden_later": {"top1": 95, "top3": 98, "answered": 80, "answered_right": 97, "solved": 96},
}
"""What is reached at least for the questions of each file, in percent."""
STRANGERS = {"golden": 4, "golden_styles": 4, "golden_everyday": 4, "golden_later": 3}
"""How many in a hundred questions that are not ours may get an answer as if they were."""


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """Give the figures of the real bank for questions by people who had not read it, by file."""
    folder, rows = tmp_path_factory.mktemp("golden"), []
    for file in LEAST:
        written = yaml.load((HERE.parent / "faq" / f"{file}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
        rows += [{**row, "id": f"{file} {row['id']}", "style": file} for row in written]
    assert len(rows) > 1400
    text, code = evaluate_faq(Settings(_env_file=None), lines(folder / "in", *rows), folder / "out")
    assert code == 0
    found: dict[str, dict[str, float]] = json.loads(text.splitlines()[-1])
    return found


ANSWERED = {"dev": {"topic": 70, "answer": 50, "shown": 60}, "test": {"topic": 80, "answer": 65, "shown": 75}}
"""In how many of a hundred small matters the topic is right, the first answer, and the first or one offered."""


@pytest.mark.parametrize("split", ANSWERED)
def test_small_matters_get_the_answer_that_fits_and_not_only_the_topic(split: str, real_bank: Bank) -> None:
    file = HERE.parent / "faq" / "golden_entries.yaml"
    rows = [row for row in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) if row["split"] == split]
    keys = {each.key for each in real_bank}
    assert len(rows) >= 180
    assert {key for row in rows for key in row["entries"]} <= keys
    found = [(row, real_bank.match(row["text"])) for row in rows]
    first = [(row, match) for row, match in found if match.entries]
    right = {
        "topic": sum(match.topics[0] in (row["topic"], *row["accept"]) for row, match in first),
        "answer": sum(match.entries[0].key in row["entries"] for row, match in first),
        "shown": sum(
            bool({match.entries[0].key, *[each.key for each in match.suggestions]} & {*row["entries"]})
            for row, match in first
        ),
    }
    percent = {name: 100 * count / len(rows) for name, count in right.items()}
    assert {name: value for name, value in percent.items() if value < ANSWERED[split][name]} == {}


@pytest.mark.parametrize("file", LEAST)
def test_the_real_bank_understands_questions_of_people_who_had_not_read_it(
    file: str, golden: dict[str, dict[str, float]]
) -> None:
    assert {name: value for name, value in golden[file].items() if value < LEAST[file].get(name, 0)} == {}
    assert golden[file]["out_of_scope_answered"] <= STRANGERS[file]
