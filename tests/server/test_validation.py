"""Requests that are not what their protos say do not reach a handler."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.rpc import error_details_pb2, status_pb2

from tests.server.harness import End, LabProject, LabServer, generate, stream
from tests.support.command import run


@pytest.fixture
async def lab_server(lab: LabProject) -> AsyncIterator[LabServer]:
    """The service, running."""
    async with lab.running() as now:
        yield now


GOOD: dict[str, Any] = {"title": "a", "color": 1, "year": 0, "person": "p"}


def bad(name: str, **changes: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A good form with changes, and the one field that is wrong then."""
    return {**GOOD, **changes}, {name: "is required"}


FORMS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "good": (GOOD, {}),
    "0 may be meant": ({**GOOD, "copies": 0}, {}),
    "the other of the two": ({"title": "a", "color": 1, "year": 3, "company": "c"}, {}),
    "empty text": bad("title", title=""),
    "unspecified": bad("color", color=0),
    "absent, with presence": ({k: v for k, v in GOOD.items() if k != "year"}, {"year": "is required"}),
    "neither of the two": ({k: v for k, v in GOOD.items() if k != "person"}, {"sender": "is required"}),
    "in a list": bad("lines[1].text", lines=[{"text": "a"}, {}]),
    "in a map": bad('by_name["a"].text', by_name={"a": {}}),
    "in itself": bad("previous.previous.title", previous={**GOOD, "previous": {**GOOD, "title": ""}}),
    "a rule": ({**GOOD, "lines": [{"text": "LOUD"}]}, {"lines[0].text": "does not match regex pattern `^[a-z]*$`"}),
    "a rule in a map": (
        {**GOOD, "by_name": {"x": {"text": "a", "low": 2, "high": 1}}},
        {'by_name["x"]': "low must not be above high"},
    ),
}


@pytest.mark.parametrize("case", FORMS)
async def test_each_wrong_field_is_named(lab_server: LabServer, case: str) -> None:
    """A violation is named by its path and says what is wrong; a good request gets through."""
    fields, wrong = FORMS[case]
    end = await lab_server.end("Desk/File", lab_server.lab.pb2.Form(**fields))
    if not wrong:
        assert end.name == "OK"
    assert violations(end).keys() == wrong.keys()
    for path, reason in wrong.items():
        assert reason in violations(end)[path]


async def test_all_violations_come_at_once(lab_server: LabServer) -> None:
    """All violations are in one BadRequest, and in the message."""
    form = lab_server.lab.pb2.Form(lines=[{"text": "TOO LOUD"}, {"low": 1}, {"text": "a"}])
    end = await lab_server.end("Desk/File", form)
    assert end.name == "INVALID_ARGUMENT"
    found = violations(end)
    assert set(found) == {
        *("title", "color", "year", "sender", "lines", "lines[0].text", "lines[1]", "lines[1].text"),
    }
    assert found["lines[0].text"].count(";") == 1, "two rules are broken"
    assert all(f"{path}: {reason}" in end.details for path, reason in found.items())


async def test_details_stay_within_what_metadata_carries(lab_server: LabServer) -> None:
    """So many violations that no peer would take them still end in the right status."""
    form = lab_server.lab.pb2.Form(by_name={f"name {n}": {} for n in range(5000)})
    end = await lab_server.end("Desk/File", form)
    assert end.name == "INVALID_ARGUMENT"
    assert "is required" in end.details
    assert 10 < len(violations(end)) < 5000


def only_wrong(pb2: Any) -> dict[str, Any]:
    """Requests that are as wrong as their size lets them be."""
    lines = [pb2.Line() for _ in range(300_000)]
    loud = [pb2.Line(text="TOO LOUD", low=5) for _ in range(30_000)]
    change = pb2.Change(form=pb2.Form(lines=lines[:3000]), update_mask={"paths": ["nowhere"] * 3000})
    return {
        "required fields": ("Desk/File", pb2.Form(**GOOD, lines=lines)),
        "rules": ("Desk/File", pb2.Form(**GOOD, lines=loud)),
        "a long mask": ("Desk/Amend", change),
    }


@pytest.mark.parametrize("case", ["required fields", "rules", "a long mask"])
async def test_a_request_with_many_violations_delays_no_call(lab_server: LabServer, case: str) -> None:
    """Looking for every violation of such a request would stop all other calls for seconds."""
    method, request = only_wrong(lab_server.lab.pb2)[case]
    start = time.process_time()
    assert (await lab_server.end(method, request)).name == "INVALID_ARGUMENT"
    assert time.process_time() - start < 1


MASKS: dict[str, tuple[dict[str, Any], str]] = {
    "no mask: the whole form": ({"form": {}}, "INVALID_ARGUMENT"),
    "a mask: the others may be absent": ({"form": {"title": "a"}, "update_mask": {"paths": ["title"]}}, "OK"),
    "a mask: what it names may not": ({"form": {}, "update_mask": {"paths": ["title"]}}, "INVALID_ARGUMENT"),
    "a mask of everything: the whole form": ({"form": {}, "update_mask": {"paths": ["*"]}}, "INVALID_ARGUMENT"),
    "a mask: what it names in a part": (
        {"form": {"lines": [{}]}, "update_mask": {"paths": ["lines"]}},
        "INVALID_ARGUMENT",
    ),
    "a mask: what it stands beside may not": ({"update_mask": {"paths": ["title"]}}, "INVALID_ARGUMENT"),
}


@pytest.mark.parametrize("case", MASKS)
async def test_an_update_needs_what_its_mask_names(lab_server: LabServer, case: str) -> None:
    """Beside an update mask, a message need not be complete."""
    fields, code = MASKS[case]
    assert (await lab_server.end("Desk/Amend", lab_server.lab.pb2.Change(**fields))).name == code


async def test_each_message_of_a_stream_is_checked(lab_server: LabServer) -> None:
    """The first wrong message of a stream ends its call."""
    form = lab_server.lab.pb2.Form
    assert (await lab_server.end("Desk/FileAll", stream(form(**GOOD), form(**GOOD)))).name == "OK"
    end = await lab_server.end("Desk/FileAll", stream(form(**GOOD), form(), form(**GOOD)))
    assert (end.name, "title" in violations(end)) == ("INVALID_ARGUMENT", True)


async def test_what_is_not_written_says_so_first(lab_server: LabServer) -> None:
    """An RPC without logic ends with UNIMPLEMENTED, even if the request is invalid."""
    end = await lab_server.end("Desk/Later", lab_server.lab.pb2.Form())
    assert end.name == "UNIMPLEMENTED"
    assert "lab.v1.Desk/Later is not written yet: src/lab/handlers/lab.py:" in end.details


def test_a_broken_rule_stops_the_start(tmp_path: Path) -> None:
    """A rule that fits no message is found when the service starts, not by a caller; the line names the message."""
    folder = tmp_path / "broken"
    assert generate("broken.proto", folder).returncode == 0
    settings = {"PYTHONPATH": str(folder / "src"), "GRPC_PORT": "0", "METRICS_PORT": "0"}
    for arguments in ([], ["--check-config"]):
        done = run(["python", "-m", "broken", *arguments], tmp_path, settings)
        assert done.returncode == 2, done.said
        assert "broken.v1.Inner are invalid" in done.stderr
        assert done.stderr.count("\n") == 1


def test_only_rules_ask_for_protovalidate(lab: LabProject, tmp_path: Path) -> None:
    """A project without rules does not depend on protovalidate; one with rules does."""
    assert '"protovalidate>=2.1"' in (lab.folder / "pyproject.toml").read_text()
    proto = tmp_path / "plain.proto"
    proto.write_text('syntax = "proto3"; package plain.v1; message M {} service S { rpc Do(M) returns (M); }')
    done = run(
        ["python", "-m", "grpc_tools.protoc", "--pyservice_out=out", "-I.", proto.name], make(tmp_path / "out").parent
    )
    assert done.returncode == 0, done.said
    assert "protovalidate" not in (tmp_path / "out" / "pyproject.toml").read_text()
    shutil.rmtree(tmp_path / "out")


def make(folder: Path) -> Path:
    """A new folder."""
    folder.mkdir()
    return folder


def violations(end: End) -> dict[str, str]:
    """The field violations of a BadRequest: path -> reason."""
    details = end.trailing.get("grpc-status-details-bin")
    if details is None:
        return {}
    request = error_details_pb2.BadRequest()
    assert isinstance(details, bytes)
    assert status_pb2.Status.FromString(details).details[0].Unpack(request)
    return {violation.field: violation.description for violation in request.field_violations}
