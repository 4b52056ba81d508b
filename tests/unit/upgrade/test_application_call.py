"""The chain of interceptors is added to each call of Application in an old app.py."""

import pytest

from protoc_gen_pyservice.reconcile.upgrade.application_call import list_interceptors

HEAD = "async def application(config: Settings):\n"

CALLS = {
    "nothing": ("    yield Application()\n", "    yield Application(interceptors=chain(config))\n"),
    "one line": (
        "    yield Application(handlers=[A()], interceptors=[B()])\n",
        "    yield Application(interceptors=chain(config), handlers=[A()], grpc_interceptors=[B()])\n",
    ),
    "several lines": (
        "    yield Application(\n        handlers=[A()],  # mine\n    )\n",
        "    yield Application(\n        interceptors=chain(config),\n        handlers=[A()],  # mine\n    )\n",
    ),
    "by position": (
        "    yield Application([A()], [B()])\n",
        "    yield Application(interceptors=chain(config), handlers=[A()], grpc_interceptors=[B()])\n",
    ),
    "another": (
        "    yield other.Application(interceptors=[B()])\n",
        "    yield other.Application(interceptors=[B()])\n",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_calls(case: str) -> None:
    """The parameter keeps its name, and interceptors of grpc are passed as such."""
    before, after = CALLS[case]
    assert list_interceptors("src/a/app.py", f"{HEAD}{before}".encode()).decode() == f"{HEAD}{after}"


def test_an_application_elsewhere() -> None:
    """Without the function there is the usual name."""
    assert (
        list_interceptors("src/a/app.py", b"x = Application()\n") == b"x = Application(interceptors=chain(settings))\n"
    )
