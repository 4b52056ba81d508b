"""What judges deadlines can tell a late call from a busy machine."""

import asyncio
from typing import Any

import pytest

from tests.client.outcomes import Outcome

SHORT, LATE = 0.1, 0.2


@pytest.mark.parametrize(("mine", "others"), [(LATE, SHORT), (LATE, LATE), (SHORT, LATE)])
async def test_what_is_late_is_not_certain(mine: float, others: float) -> None:
    """A late call is found where others are punctual, and proves nothing where they are not."""

    def ends(after: float) -> Any:
        return lambda: asyncio.sleep(after)

    outcome = Outcome()
    for _ in range(5):
        await outcome.take(ends(mine), SHORT, ends(others), 2)
    assert not outcome.certain
    assert outcome.kept == 0
