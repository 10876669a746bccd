"""The figures for other systems: who may read what, the same numbers as the pages, and bad input of every kind."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Connection, select
from starlette.applications import Starlette

from bot.api_tokens import add, revoke, show
from bot.settings import Settings
from handlers.core import Core
from office.api import PARAMETERS, ROOT, SCOPES, Api
from office.coverage_table import CoverageTable, as_json
from office.period import period_of
from office.report import read_report
from office.report_files import as_csv
from storage.audit import latest
from storage.coverage import coverage
from storage.database import Database
from storage.tables import api_tokens
from tests.clerks import Office
from tests.dialogue import NOON, Resident
from tests.test_reminders import Post, campaign, join

DESCRIPTION = yaml.safe_load((Path(__file__).parent.parent / "office/openapi.yaml").read_text(encoding="utf-8"))
BAD = ["", "x", "'; DROP TABLE wards", "=1+1", "../../etc/passwd", "2026-13", "2026-q5", "9999", "\x00", "ổ" * 5000]
OVER = ["2026-11-20..2026-11-01", "2026-02-30..2026-03-01", "٢٠٢٦"]


@pytest.fixture
def api(core: Core) -> Api:
    return Api(Office(core).site.desk, cutoff=0)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(_env_file=None, database_url=database_url, ward_code="phuong-thu", ward_name="Phường Thử")


async def token_of(settings: Settings, scope: str = ",".join(SCOPES), name: str = "IOC") -> str:
    told, code = await add(settings, name, scope, lambda: NOON)
    assert code == 0, told
    (token,) = re.findall(r"^  ([\w-]{43})$", told, re.MULTILINE)
    return str(token)


def client(api: Api, token: str = "") -> AsyncClient:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = ASGITransport(app=Starlette(routes=api.routes()))
    return AsyncClient(transport=transport, base_url="http://ward.test", headers=headers)


async def test_the_figures_are_those_of_the_pages(core: Core, api: Api, database: Database, settings: Settings) -> None:
    somebody = Resident(core, "somebody", now=NOON)
    await somebody.says("/start kp5", "/count adult kp5", "/place kp5 join")
    for lesson in core.house.library:
        await somebody.says(*(f"/answer {lesson.topic} {at} {asked.answer}" for at, asked in enumerate(lesson.quiz, 1)))
    topics, ward = core.house.library.core_topics, core.house.ward
    rows = await database.read(coverage, ward.id, topics, 80)
    period = period_of("2026-11", 0)
    assert period is not None
    skills = {lesson.topic: lesson.title for lesson in core.house.library if lesson.core}
    report = await database.read(read_report, ward, "khu phố", skills, 80, period, NOON)
    async with client(api, await token_of(settings)) as asking:
        found = await asking.get(f"{ROOT}/coverage")
        assert found.text == as_json(CoverageTable(ward, "khu phố", "", topics, 80, NOON, tuple(rows)))
        done = (await asking.get(f"{ROOT}/completions", params={"period": "2026-11"})).json()
        sheet = await asking.get(f"{ROOT}/completions.csv", params={"period": "2026-11"})
        places = (await asking.get(f"{ROOT}/neighbourhoods")).json()
        one = (await asking.get(f"{ROOT}/coverage", params={"skill": topics[0]})).json()
    assert sheet.text == as_csv(report)
    assert (done["total"]["covered"], done["total"]["new"]) == (1, 1) == (found.json()["total"]["covered"], 1)
    assert [place["covered"] for place in done["neighbourhoods"]] == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert [skill["skill"] for skill in done["skills"]] == list(skills)
    assert one["skill"] == topics[0]
    assert [place["code"] for place in places["neighbourhoods"]] == [f"kp{number}" for number in range(1, 10)]
    assert set(places["neighbourhoods"][0]) == {"code", "name", "adults", "source", "date"}
    lines = await database.read(latest, ward.id, 10)
    assert [(line.act, line.about) for line in lines[:1]] == [("read", f"IOC {ROOT}/coverage")]


async def test_campaigns_are_told_with_the_count_of_every_outcome(core: Core, api: Api, settings: Settings) -> None:
    await join(core, "an")
    await join(core, "binh", remind="2")
    await join(core, "chi", "web")
    await campaign(core)
    await Post(core).remind()
    async with client(api, await token_of(settings)) as asking:
        [found] = (await asking.get(f"{ROOT}/campaigns")).json()["campaigns"]
        head, line = (await asking.get(f"{ROOT}/campaigns.csv")).text.removeprefix("\ufeff").splitlines()
    counted = {outcome: count for outcome, count in found["outcomes"].items() if count}
    assert counted == {"sent": 1, "not_agreed": 1, "needs_other_channel": 1}
    assert (found["topic"], found["status"], found["planned"], found["neighbourhoods"]) == (
        "first_steps",
        "done",
        sum(counted.values()),
        ["kp5"],
    )
    told = dict(zip(head.split(";"), line.split(";"), strict=True))
    assert (told["sent"], told["held_out"], told["neighbourhoods"]) == ("1", "0", "kp5")


async def test_every_address_needs_a_good_token_with_its_scope(api: Api, settings: Settings) -> None:
    tokens = {scope: await token_of(settings, scope, scope) for scope in SCOPES}
    for scope in SCOPES:
        for ending in ("", ".csv"):
            path = f"{ROOT}/{scope}{ending}?period=2026-11" if scope == "completions" else f"{ROOT}/{scope}{ending}"
            for own, token in tokens.items():
                async with client(api, token) as asking:
                    assert (await asking.get(path)).status_code == (200 if own == scope else 403), path
            for wrong in ("", "x", tokens[scope][:-1]):
                async with client(api, wrong) as asking:
                    answer = await asking.get(path)
                    assert (answer.status_code, answer.json()["error"]) == (401, "no_token")
                    assert "Authorization" in answer.json()["message"]


@pytest.mark.parametrize("scope", SCOPES)
async def test_bad_input_is_answered_in_words_for_every_parameter(api: Api, settings: Settings, scope: str) -> None:
    token = await token_of(settings)
    async with client(api, token) as asking:
        for name in (*PARAMETERS[scope], "la"):
            for value in [*BAD, *OVER]:
                answer = await asking.get(f"{ROOT}/{scope}", params={name: value})
                assert answer.status_code == 400, (name, value)
                assert value not in answer.json()["message"] or value in {"", "x", "2026-13", "9999"}
        for name in PARAMETERS[scope]:
            assert (await asking.get(f"{ROOT}/{scope}?{name}=a&{name}=b")).json()["error"] == "parameters"
        assert (await asking.post(f"{ROOT}/{scope}")).status_code == 405


async def test_a_system_that_asks_too_fast_is_told_to_wait_and_others_are_not(api: Api, settings: Settings) -> None:
    fast, other = await token_of(settings), await token_of(settings, name="khác")
    async with client(api, fast) as asking:
        answers = [await asking.get(f"{ROOT}/neighbourhoods") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[-1].headers["retry-after"] == "60"
    assert "chờ" in answers[-1].json()["message"]
    async with client(api, other) as asking:
        assert (await asking.get(f"{ROOT}/neighbourhoods")).status_code == 200


async def test_a_token_is_shown_once_kept_as_a_hash_and_ended_at_once(
    api: Api, settings: Settings, database: Database
) -> None:
    token = await token_of(settings)

    def kept(connection: Connection) -> list[str]:
        return list(connection.scalars(select(api_tokens.c.token)))

    assert token not in await database.read(kept)
    told = (await show(settings))[0]
    assert "IOC" in told
    assert token not in told
    assert (await add(settings, "IOC", "coverage"))[1] == 1
    assert (await revoke(settings, "IOC", lambda: NOON + dt.timedelta(hours=1)))[1] == 0
    async with client(api, token) as asking:
        assert (await asking.get(f"{ROOT}/coverage")).status_code == 401
    assert (await revoke(settings, "IOC"))[1] == 1
    assert "Chưa có hệ thống nào" in (await show(settings))[0]
    assert (await token_of(settings)) != token
    for name, scope in (("", "coverage"), ("a", ""), ("a", "residents"), ("x" * 61, "coverage")):
        assert (await add(settings, name, scope))[1] == 2


async def test_the_description_names_every_address_parameter_and_answer(api: Api) -> None:
    routes: list[Any] = api.routes()
    assert [route.path for route in routes] == list(DESCRIPTION["paths"])
    for scope, allowed in PARAMETERS.items():
        for ending in ("", ".csv"):
            told = DESCRIPTION["paths"][f"{ROOT}/{scope}{ending}"]["get"]
            assert [parameter["name"] for parameter in told.get("parameters", [])] == list(allowed)
            assert set(told["responses"]) == {"200", "400", "401", "403", "429"}
    async with client(api) as asking:
        answer = await asking.get(f"{ROOT}/openapi.yaml")
    assert json.dumps(yaml.safe_load(answer.text)) == json.dumps(DESCRIPTION)
