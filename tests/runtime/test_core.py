"""The core that server and clients share: the registry, versions, and the current call."""

from importlib import metadata
from pathlib import Path

import pytest

from pyservice_runtime.core import ServiceInfo, principal, request_id
from pyservice_runtime.core.call import CALL, ServerCall
from pyservice_runtime.version import VERSION, missing_library, require_runtime

from .probe_service import ECHO, KINDS, NAME, registry


def test_outside_of_a_call() -> None:
    """Outside of a call there is neither a caller nor a request id; inside there are both."""
    assert (principal().subject, request_id()) == ("", "")
    token = CALL.set(ServerCall(ECHO.path, [("x-request-id", "r-1")]))
    assert request_id() == "r-1"
    CALL.reset(token)


def test_a_registry_knows_its_services() -> None:
    """Services are looked up by their full names; an unknown name raises LookupError."""
    assert registry(*KINDS).service(NAME).methods == registry(*KINDS).methods == KINDS
    with pytest.raises(LookupError, match=r"made\.Up is not a service of tests\.runtime\.probe"):
        registry(*KINDS).service("made.Up")


def test_paths_for_people() -> None:
    """They begin at the project's folder, and those of other packages are file names."""
    info = ServiceInfo("orders", "orders", "orders", "", Path("/project/src/orders"))
    assert info.relative(Path("/project/src/orders/handlers/book.py")) == "src/orders/handlers/book.py"
    assert info.relative(Path("/elsewhere/book.py")) == "book.py"
    installed = ServiceInfo("orders", "orders", "orders", "", Path("/site-packages/orders"))
    assert installed.relative(Path("/site-packages/orders/app.py")) == "orders/app.py"


def test_a_runtime_fits_generated_code() -> None:
    """Of the same minor version, whatever the patch."""
    major, minor, *_ = VERSION.split(".")
    require_runtime(f"{major}.{minor}.999")
    with pytest.raises(ImportError, match="run `pyservice generate`"):
        require_runtime(f"{major}.{int(minor) + 1}.0")
    with pytest.raises(ImportError, match=f"this is {VERSION}"):
        require_runtime(f"{int(major) + 1}.{minor}.0")


def test_libraries_that_are_missing_or_old() -> None:
    """One sentence names the first of them, and what to install."""
    version = metadata.version("grpcio")
    assert [missing_library(fine, "shop[server]") for fine in ({}, {"grpcio": version}, {"grpcio": "1.9"})] == [
        None
    ] * 3
    assert missing_library({"grpcio": "999"}, "shop[server]") == (
        f"grpcio {version} is too old for gen/: pip install 'grpcio>=999'."
    )
    missing = missing_library({"grpcio": "1.9", "no-such-library": "1.2"}, "shop[server]")
    assert missing == "no-such-library is not installed: run `make setup`, or pip install 'shop[server]'."


def test_versions_are_compared_by_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are compared as numbers, without the part after a ``+``."""
    for installed, minimum, is_missing in (
        ("1.10.0", "1.9", False),
        ("2.0+local.1", "2.0.1", True),
        ("3.1rc1", "3", False),
    ):
        monkeypatch.setattr(metadata, "version", lambda _, installed=installed: installed)
        assert bool(missing_library({"a": minimum}, "a")) is is_missing, installed
