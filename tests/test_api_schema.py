"""The API against its own description: whatever fits it, and whatever does not, is answered as it says."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from limits import RateLimitItem
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from starlette.applications import Starlette

from handlers.core import Core
from office.api import SCOPES, Api
from office.credentials import hashed
from office.login import Pace
from storage import api_tokens
from tests.clerks import Office
from tests.dialogue import NOON
from tests.test_api import DESCRIPTION

EXAMPLES = 5
"""Requests of each kind to each address."""
TOKEN = {"authorization": "Bearer secret"}


class Patient(Pace):
    """Lets everybody ask as often as they like."""

    async def allows(self, *attempts: tuple[RateLimitItem, str]) -> bool:
        return True


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
async def test_every_answer_is_one_that_the_description_names(core: Core, mode: GenerationMode) -> None:
    house = core.house
    await house.database.write(api_tokens.add, house.ward.id, "x", hashed("secret"), ",".join(SCOPES), NOON)
    app = Starlette(routes=Api(Office(core).site.desk, 14, Patient()).routes())
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = app
    asked: list[int] = []

    def ask_all() -> None:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=EXAMPLES,
                phases=[Phase.generate],
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            def ask(case: Case[Any]) -> None:
                response = case.call(headers=TOKEN)
                case.validate_response(response)
                asked.append(response.status_code)

            with suppress(Unsatisfiable):  # an address without parameters cannot be asked wrongly
                ask()

    await asyncio.to_thread(ask_all)
    assert len(asked) > 2 * EXAMPLES
    assert {status // 100 for status in asked} <= {2, 4}
