"""Background tasks of a service, and work that outlives its call."""

import asyncio
import contextvars
import gc
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from functools import partial, wraps
from typing import Any
from urllib.request import urlopen

import grpc
import pytest

from pyservice_runtime.core import Context, principal, request_id
from pyservice_runtime.core.call import CALL, ServerCall
from pyservice_runtime.server import BackgroundTask, StartError, background, detached
from pyservice_runtime.server.health import LIVENESS, NOT_SERVING, SERVING, Health

from .probe_client import ProbeClient
from .probe_service import (
    ECHO,
    NAME,
    Blocker,
    ProbeService,
    ProbeServicer,
    probe_service,
    settings_for_tests,
    text,
    until,
)

Code = grpc.StatusCode


class Work:
    """A task that does what a test wants, one attempt after the other."""

    def __init__(self, *ends: BaseException | None) -> None:
        self.attempts = 0
        self._ends = list(ends)

    async def run(self) -> None:
        """End as the next of the given ends says; without any more, wait for the cancellation."""
        self.attempts += 1
        if not self._ends:
            await asyncio.Event().wait()
        if (end := self._ends.pop(0)) is not None:
            raise end


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restart at once, and recover soon."""
    monkeypatch.setattr(background, "_MIN_DELAY_SECONDS", 0.02)
    monkeypatch.setattr(background, "_STABLE_SECONDS", 0.1)


def records(caplog: pytest.LogCaptureFixture, message: str) -> list[Any]:
    """The records of a message."""
    return [record for record in caplog.records if record.getMessage() == message]


def status(service: ProbeService, name: str = NAME) -> int:
    """The health of a service."""
    return service.running.health._status[name]


async def scrape(service: ProbeService) -> str:
    """The metrics."""
    url = f"http://127.0.0.1:{service.running.metrics_port}/metrics"
    page = await asyncio.to_thread(urlopen, url, timeout=10)
    return str(page.read().decode())


# ------------------------------------------------------------------------------------------- tasks


async def test_a_task_runs_outside_of_calls() -> None:
    """It starts once the server serves, in no context of a call, and ends before app.py closes its resources."""
    seen: list[Any] = []

    async def task() -> None:
        seen.extend((CALL.get(None), request_id(), principal().subject))
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("stopped")

    CALL.set(ServerCall("/of/Test", [("x-request-id", "r-0")]))
    async with probe_service(settings_for_tests(), tasks=[task]) as service:
        await until(lambda: seen)
        assert status(service) == SERVING
        names = [running.get_name() for running in asyncio.all_tasks()]
        assert "background: task" in names
    assert seen == [None, "", "", "stopped"]


@pytest.mark.usefixtures("quickly")
async def test_a_task_that_fails_is_restarted(caplog: pytest.LogCaptureFixture) -> None:
    """Each failure is logged with its traceback; a cancellation of what it awaited is one too."""
    work = Work(ValueError("first"), asyncio.CancelledError("second"))
    async with probe_service(settings_for_tests(), tasks=[BackgroundTask("work", work.run)]) as service:
        await until(lambda: work.attempts == 3)
        page = await scrape(service)
        assert status(service) == SERVING
    assert [record.task for record in records(caplog, "background task failed")] == ["work", "work"]
    assert "ValueError: first" in caplog.text
    assert 'background_task_running{task="work"} 1.0' in page
    assert 'background_task_restarts_total{task="work"} 2.0' in page


async def test_no_task_has_no_metrics() -> None:
    """The page is as it was."""
    async with probe_service(settings_for_tests()) as service:
        assert "background_task" not in await scrape(service)


async def test_a_task_that_returns_is_finished(caplog: pytest.LogCaptureFixture) -> None:
    """It is not started again, and that does not count as a failure."""
    work = Work(None)
    with caplog.at_level(logging.INFO):
        async with probe_service(settings_for_tests(), tasks=[work.run]) as service:
            await until(lambda: records(caplog, "background task finished"))
            page = await scrape(service)
            assert status(service) == SERVING
    assert work.attempts == 1
    assert 'background_task_running{task="run"} 0.0' in page
    assert 'background_task_restarts_total{task="run"} 0.0' in page


@pytest.mark.usefixtures("quickly")
async def test_restarts_are_further_and_further_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a limit, and from the beginning once the task ran for a while."""
    monkeypatch.setattr(background, "_MAX_DELAY_SECONDS", 0.05)
    delays: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        delays.append(seconds)
        await sleep(0)

    class Stumbling(Work):
        async def run(self) -> None:
            if self.attempts == 3:
                await sleep(0.2)
            await super().run()

    work = Stumbling(*(OSError() for _ in range(5)))
    monkeypatch.setattr(asyncio, "sleep", note)
    health = Health([NAME])
    task = background.SupervisedTask(BackgroundTask("work", work.run))
    running = asyncio.ensure_future(task.run(health))
    while task.restarts < 5:
        await sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert delays == [0.02, 0.04, 0.05, 0.02, 0.04]


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("recovers", [True, False], ids=("recovers", "finishes"))
async def test_services_that_need_a_task(recovers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are NOT_SERVING from a failure until the task ran for a while, or returned."""
    # Long enough to be seen.
    monkeypatch.setattr(background, "_MIN_DELAY_SECONDS", 0.5)
    work = Work(ValueError(), *([] if recovers else [None]))
    task = BackgroundTask("work", work.run, services=[NAME])
    async with probe_service(settings_for_tests(), tasks=[task]) as service:
        assert (await service.call(ECHO)).code is Code.OK
        await until(lambda: status(service) == NOT_SERVING)
        assert status(service, LIVENESS) == SERVING
        await until(lambda: status(service) == SERVING)
        assert work.attempts == 2


def blocking() -> None:
    """A function that would block the event loop."""


async def needs_pool(pool: object) -> None:
    """A function with an argument."""


@wraps(needs_pool)
def decorated() -> Any:
    """A plain function around an asynchronous one."""
    return needs_pool(0)


async def nothing() -> None:
    """Return."""


WRONG: dict[str, tuple[list[Any], str]] = {
    "plain": ([blocking], "the task 'blocking' in app.py is not an `async def` function: pass the function itself"),
    "lambda": ([BackgroundTask("work", lambda: needs_pool(0))], "the task 'work' .* arguments by functools.partial"),
    "number": ([7], "the task 'int' in app.py is not an `async def` function"),
    "arguments": ([needs_pool], "the task 'needs_pool' in app.py cannot be called: missing .* 'pool'; pass arguments"),
    "names": ([nothing, BackgroundTask("nothing", nothing)], "app.py has two tasks named 'nothing': rename one"),
    "services": ([BackgroundTask("work", nothing, ["made.up"])], "the task 'work' in app.py names the service made.up"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_tasks_that_cannot_run(what: str) -> None:
    """They keep the server from starting, with one sentence."""
    tasks, problem = WRONG[what]
    with pytest.raises(StartError, match=problem) as caught:
        async with probe_service(settings_for_tests(), tasks=tasks):
            pass
    assert "\n" not in str(caught.value)


async def test_what_is_called_by_mistake() -> None:
    """A coroutine is not a function."""
    called = nothing()
    with pytest.raises(StartError, match="pass the function itself, without calling it"):
        async with probe_service(settings_for_tests(), tasks=[called]):
            pass
    called.close()


async def test_tasks_have_names() -> None:
    """A function its own one, also with its arguments or behind a decorator."""
    names = [task.name for task in background.named([partial(needs_pool, 0), Work().run, nothing])]
    assert names == ["needs_pool", "run", "nothing"]
    assert background._is_async(decorated)


async def test_tasks_that_do_not_stop(caplog: pytest.LogCaptureFixture) -> None:
    """One that fails in its cleanup is not restarted; one that ignores its cancellation is named and left behind."""
    ignored = asyncio.Event()

    async def fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            raise ValueError("in the cleanup")

    async def ignores() -> None:
        while not ignored.is_set():
            with suppress(asyncio.CancelledError):
                await ignored.wait()

    work = background.Background(background.named([ignores, fails]))
    work.start(Health([NAME]))
    await asyncio.sleep(0)
    await work.stop(0, 0.05)
    assert "in the cleanup" in caplog.text
    assert [task.restarts for task in work.tasks] == [0, 0]
    assert [each.task for each in records(caplog, "cancelled, and still running")] == ["background: ignores"]
    ignored.set()


# ------------------------------------------------------------------------------------ detached work

TENANT: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="")


class Seen:
    """What detached work knows, and when."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.values: dict[str, Any] = {}
        self.begun: list[Any] = []
        """What `detached` returned."""

    async def look(self, given: str) -> str:
        """Note what there is, once the call has ended."""
        await self.go_on.wait()
        call = CALL.get()
        self.values = {
            "given": given,
            "id": request_id(),
            "subject": principal().subject,
            "left": call.seconds_left(),
            "headers": call.headers,
            "done": Context(call).done(),
            "tenant": TENANT.get(),
        }
        return given


METADATA = [("x-request-id", "r-1"), ("authorization", "Bearer secret"), ("traceparent", "00-1-2-01")]

KEPT = {"x-request-id": "r-1", "traceparent": "00-1-2-01"}

EXPECTED = {"given": "a", "id": "r-1", "subject": "", "left": None, "headers": KEPT, "done": True, "tenant": ""}


async def test_it_has_no_more_of_the_call_than_its_id_and_trace() -> None:
    """Not its deadline, its caller, its metadata and its context variables; the caller has its response before."""
    seen = Seen()

    async def behavior(_: Context) -> str:
        TENANT.set("acme")
        seen.begun.append(detached(seen.look, "a"))
        return "response"

    async with probe_service(settings_for_tests(), behaviors={"x": behavior}) as service:
        assert (await service.call(ECHO, "x", metadata=METADATA)).responses == (text("response"),)
        assert not seen.values
        seen.go_on.set()
        assert await seen.begun[0] == "a"
    assert seen.values == EXPECTED


async def test_clients_do_not_pass_on_an_old_deadline() -> None:
    """They do in a task that inherits the call, and cannot call any more."""
    ended, outcomes = asyncio.Event(), list[Any]()

    async with probe_service(settings_for_tests()) as other:
        client = ProbeClient(other.target)

        async def notify() -> str:
            await ended.wait()
            return str((await client.echo(value="hello")).value)

        async def behavior(_: Context) -> str:
            outcomes.extend((asyncio.create_task(notify()), detached(notify())))
            return ""

        async with probe_service(settings_for_tests(), behaviors={"x": behavior}) as service:
            await service.call(ECHO, "x", timeout=0.2)
            await asyncio.sleep(0.25)
            ended.set()
            inherited, alone = await asyncio.gather(*outcomes, return_exceptions=True)
        await client.close()
    assert "the deadline expired before" in str(inherited)
    assert alone == "hello"


class Plain(ProbeServicer):
    """Detaches work in a thread."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self._begin = begin

    def echo(self, request: Any, context: Context) -> Any:
        """A response, before the work is done."""
        self._begin()
        return request


async def test_a_plain_handler_has_a_future() -> None:
    """Work begins on the event loop, and knows as little of the call; the future can cancel it."""
    seen, blocker = Seen(), Blocker()

    async def forever() -> None:
        await blocker(Context(CALL.get()))

    def begin() -> None:
        TENANT.set("acme")
        seen.begun += [detached(seen.look("a")), detached(forever)]

    async with probe_service(settings_for_tests(), ECHO, handler=Plain(begin)) as service:
        assert (await service.call(ECHO, metadata=METADATA)).code is Code.OK
        looking, waiting = seen.begun
        assert isinstance(looking, Future)
        seen.go_on.set()
        assert await asyncio.to_thread(looking.result, 10) == "a"
        await until(lambda: blocker.calls)
        waiting.cancel()
        await until(lambda: not _detached_tasks())
    assert seen.values == EXPECTED


def _detached_tasks() -> list[Any]:
    """Detached tasks of all servers that have not ended."""
    return [each for each in asyncio.all_tasks() if "forever" in getattr(each.get_coro(), "__qualname__", "")]


async def test_a_loop_in_a_plain_handler_is_not_the_server_s() -> None:
    """Work that is begun in `asyncio.run` does not end with it."""
    seen = Seen()

    async def begin() -> None:
        seen.begun.append(detached(seen.look, "a"))

    async with probe_service(settings_for_tests(), ECHO, handler=Plain(lambda: asyncio.run(begin()))) as service:
        assert (await service.call(ECHO)).code is Code.OK
        seen.go_on.set()
        assert await asyncio.to_thread(seen.begun[0].result, 10) == "a"


@pytest.mark.parametrize("plain", [False, True], ids=("async", "plain"))
async def test_failures_are_logged_once(plain: bool, caplog: pytest.LogCaptureFixture) -> None:
    """With the request id, and with the traceback."""

    async def fail() -> None:
        raise ValueError("wrong")

    def begin() -> None:
        detached(fail)

    async def behavior(_: Context) -> str:
        begin()
        return ""

    parts: dict[str, Any] = {"handler": Plain(begin)} if plain else {"behaviors": {"x": behavior}}
    async with probe_service(settings_for_tests(), ECHO, **parts) as service:
        await service.call(ECHO, "x", metadata=METADATA)
        await until(lambda: records(caplog, "detached work failed"))
        gc.collect()
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.request_id == "r-1"  # type: ignore[attr-defined]
    assert record.work.endswith("fail")  # type: ignore[attr-defined]
    assert "ValueError: wrong" in caplog.text


async def test_a_stop_waits_for_what_work_begins() -> None:
    """Work may detach further work, also while the server stops; all of it ends before the resources are closed."""
    done = []

    async def work(more: int) -> None:
        # Longer than the server takes to end its calls.
        await asyncio.sleep(0.4)
        if more:
            detached(work, more - 1)
        done.append(more)

    async def behavior(_: Context) -> str:
        detached(work, 1)
        return ""

    async with AsyncExitStack() as stack:
        settings = settings_for_tests(shutdown_grace=20)
        service = await stack.enter_async_context(probe_service(settings, behaviors={"x": behavior}))
        await service.call(ECHO, "x")
        assert not done
    assert done == [1, 0]


async def test_work_of_tasks() -> None:
    """A task can detach work too: it belongs to the server, and to no call."""
    blocker, seen = Blocker(), list[Any]()

    async def work() -> None:
        seen.append(CALL.get(None))
        await blocker(Context(ServerCall("", ())))

    async def task() -> None:
        seen.append(detached(work()))

    async with probe_service(settings_for_tests(), tasks=[task]):
        await until(lambda: blocker.calls)
    assert seen[0].cancelled()
    assert seen[1] is None


async def test_work_without_a_server() -> None:
    """Tests of handlers call them without one: work begins on the running loop, and is not garbage collected."""
    seen = Seen()
    CALL.set(ServerCall("/of/Test", METADATA))
    detached(seen.look, "a")
    gc.collect()
    await asyncio.sleep(0)
    seen.go_on.set()
    await until(lambda: seen.values)
    assert seen.values == EXPECTED
    assert not background._OUTSIDE_SERVERS.tasks


def test_work_without_a_loop() -> None:
    """It cannot begin, and no coroutine is left that was never awaited."""
    with pytest.raises(RuntimeError, match=r"detached\(\) needs an event loop: call it in a handler"):
        detached(nothing)


NO_WORK: dict[str, tuple[tuple[Any, ...], str]] = {
    "plain function": ((blocking,), r"not a function: a blocking function runs by detached\(asyncio.to_thread"),
    "future": ((Future(),), "not a Future"),
    "nothing": ((None,), "not a NoneType"),
}


@pytest.mark.parametrize("what", NO_WORK)
async def test_what_cannot_be_detached(what: str) -> None:
    """A blocking function would stop all calls; it is not even called."""
    given, problem = NO_WORK[what]
    with pytest.raises(TypeError, match=problem):
        detached(*given)


async def test_a_coroutine_has_its_arguments() -> None:
    """More of them are a mistake; so is a decorated function that returns something else."""
    coroutine = nothing()
    with pytest.raises(TypeError, match="not a coroutine"):
        detached(coroutine, 1)  # type: ignore[call-overload]
    coroutine.close()

    @wraps(nothing)
    def odd() -> int:
        return 7

    with pytest.raises(TypeError, match="not a function"):
        detached(odd)  # type: ignore[call-overload]


async def test_a_blocking_function() -> None:
    """It runs in a thread, as the message says."""
    work = detached(asyncio.to_thread, threading.get_ident)
    assert isinstance(work, asyncio.Task)
    assert await work != threading.get_ident()
