"""The generated tests run as they are on protos that are hard to make messages of, with every RPC answered."""

import shutil
from pathlib import Path

import pytest

from tests.support.cases import CASES, load_case
from tests.support.command import Finished
from tests.support.own_tests import own_tests
from tests.support.projects import Projects
from tests.support.protoc import protoc

HARD = {
    "proto2_groups_extensions": "required fields, groups, defaults and extensions",
    "edition_2023": "features of fields instead of labels",
    "enum_names": "enums with several names for a number",
    "map_types": "a map of each kind of key",
    "keyword_fields": "fields that Python cannot name",
    "message_method_fields": "fields that hide the methods of their message",
    "recursive_messages": "messages that contain themselves",
    "reserved_and_oneofs": "oneofs, and numbers that are not to be used",
    "well_known_streams": "streams of Google's types: Any, Struct, Timestamp, FieldMask",
}

_APP = """

@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[Application]:
    from tests.gen.service import SERVICE
    from tests.samples import sample

    async def answer(method):
        return sample(method.response)

    yield Application(handlers=SERVICE.stub_handlers(answer))
"""


@pytest.mark.parametrize("name", HARD)
def test_requests_are_made_for_any_proto(projects: Projects, tmp_path: Path, name: str) -> None:
    """Odd, random and damaged requests, and a way through JSON: nothing fails that a proto allows."""
    project = projects[load_case(CASES / name)]
    copy = tmp_path / "project"
    shutil.copytree(project.folder, copy)
    app = copy / "src" / project.package / "app.py"
    app.write_text(app.read_text() + _APP)
    # Nothing was released that the wire could be compared with.
    arguments = ["--tb=short", "--ignore=tests/gen/test_wire.py", "tests/gen"]
    done = own_tests(copy, *arguments, env={"CI": "true", "FUZZ_EXAMPLES": "10"})
    assert done.returncode == 0, done.said
    assert "skipped" not in done.stdout, done.said


EARLY = """
from collections import Counter

import grpc
import pytest

from ._runtime.calls import call
from .gen.service import METHODS


@pytest.mark.parametrize("method", METHODS, ids=str)
async def test_early(channel: grpc.aio.Channel, method: object) -> None:
    ends = Counter([(await call(channel, method, *[b""] * 5)).code.name for _ in range(30)])
    assert ends == {"UNIMPLEMENTED": 30}, ends
"""


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A project with streams, and nothing written."""
    source = 'syntax = "proto3";\npackage talk.v1;\nmessage Word { string text = 1; }\nservice Talk {\n'
    source += "  rpc Tell(stream Word) returns (Word);\n  rpc Chat(stream Word) returns (stream Word);\n"
    (tmp_path / "talk.proto").write_text(f"{source}  rpc Watch(Word) returns (stream Word);\n}}\n")
    done = protoc("-I.", "--pyservice_out=.", "--pyservice_opt=parts=none", "talk.proto", cwd=tmp_path)
    assert done.returncode == 0, done.said
    return tmp_path


def in_talk(talk: Path, *tests: str) -> Finished:
    """Run some of its tests."""
    return own_tests(talk, *tests, env={"PYTHONPATH": "src", "FUZZ_EXAMPLES": "10"})


def test_an_early_end_is_seen_as_it_is(talk: Path) -> None:
    """A call that is refused while its requests are being sent has the status of the service, not INTERNAL of grpc.aio's."""
    (talk / "tests" / "test_early.py").write_text(EARLY)
    done = in_talk(talk, "tests/test_early.py")
    assert done.returncode == 0, done.said


def test_a_busy_machine_fails_no_test_of_an_unwritten_rpc(talk: Path) -> None:
    """Where the first call hears nothing in time, what later ones hear is still that there is no logic yet."""
    fuzz = talk / "tests" / "_runtime" / "fuzz.py"
    patient = "    idle_timeout = _IDLE_SECONDS if method.kind.server_streaming else 5\n"
    assert patient in fuzz.read_text()
    deaf_at_first = "    idle_timeout = 5 if method in HEARD else 0\n    HEARD.append(method)\n"
    fuzz.write_text(fuzz.read_text().replace(patient, deaf_at_first) + "\n\nHEARD: list[Method] = []\n")
    done = in_talk(talk, "tests/gen/test_fuzz.py", "-k", "damaged or random")
    assert done.returncode == 0, done.said
