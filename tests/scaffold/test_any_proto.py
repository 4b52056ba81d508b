"""The generated tests run as they are on protos that are hard to make messages of, with every RPC answered."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.cases import CASES, load_case
from tests.support.command import WITHOUT_HOUSE, run
from tests.support.projects import Projects

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
    from tests.messages import sample
    from tests.service import stand_ins

    async def answer(method):
        return sample(method.reply)

    yield Application(handlers=stand_ins(answer))
"""


@pytest.mark.parametrize("name", HARD)
def test_requests_are_made_for_any_proto(projects: Projects, tmp_path: Path, name: str) -> None:
    """Odd, random and damaged requests, and a way through JSON: nothing fails that a proto allows."""
    project = projects[load_case(CASES / name)]
    copy = tmp_path / "project"
    shutil.copytree(project.folder, copy)
    app = copy / "src" / project.package / "app.py"
    app.write_text(app.read_text() + _APP)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "tests/gen"]
    done = run(command, copy, {**WITHOUT_HOUSE, "CI": "true", "FUZZ_EXAMPLES": "10"})
    assert done.returncode == 0, done.said
    assert "skipped" not in done.stdout, done.said
