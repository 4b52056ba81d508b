"""The event loop is measured, and what blocks it is named where a developer runs the service."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from pyservice_runtime.core import ServiceInfo
from pyservice_runtime.server import loop_monitor
from pyservice_runtime.server.loop_monitor import monitored_loop

from .probe_service import settings_for_tests, until

HERE = ServiceInfo("probe", "probe", "tests.runtime", "1.0", Path(__file__).parent)


def blocked(caplog: pytest.LogCaptureFixture) -> list[Any]:
    """What the log says of blocked loops."""
    return [vars(record) for record in caplog.records if record.message == "the event loop was blocked"]


async def test_the_lag_is_measured() -> None:
    """A callback that takes long delays all others."""
    async with monitored_loop(HERE, settings_for_tests(grpc_host="localhost")) as lag:
        await until(lambda: lag.durations.buckets[0] > 1)
        time.sleep(0.6)
        await until(lambda: lag.durations.total > 0.4)
    assert sum(lag.durations.buckets[7:]) >= 1


async def test_what_blocks_the_loop_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """With file, line and milliseconds; for code of the project, whatever it calls."""
    async with monitored_loop(HERE, settings_for_tests()):
        await asyncio.sleep(0.1)
        time.sleep(0.5)
        await until(lambda: blocked(caplog))
    (record,) = blocked(caplog)
    line = next(number for number, text in enumerate(Path(__file__).read_text().split("\n"), 1) if "sleep(0.5)" in text)
    assert record["location"] == f"runtime/{Path(__file__).name}:{line}"
    assert record["ms"] >= 400


async def test_other_code_is_not_named(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Nor is anything named where others can reach the service: it would cost them time."""
    elsewhere = ServiceInfo("probe", "probe", "probe", "1.0", tmp_path)
    open_to_all = settings_for_tests(grpc_host="0.0.0.0", allow_plaintext=True)
    for info, settings in ((elsewhere, settings_for_tests()), (HERE, open_to_all)):
        async with monitored_loop(info, settings):
            await asyncio.sleep(0.1)
            time.sleep(0.4)
            await asyncio.sleep(0.2)
    assert not blocked(caplog)
    assert loop_monitor._BLOCKED_SECONDS < 0.4
