"""Changes of the protos since `make freeze-api`: those that callers notice fail the generated tests, others do not."""

import shutil
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.own_tests import own_tests
from tests.support.protoc import protoc

BEFORE = """\
syntax = "proto3";
package parcels;

service Parcels {
  rpc Send(Parcel) returns (Receipt);
  rpc Follow(Parcel) returns (stream Receipt);
}

enum Size { SMALL = 0; LARGE = 1; }
message Parcel { string to = 1; int32 weight = 2; Size size = 3; Box box = 4; repeated Box boxes = 5; }
message Box { uint32 width = 1; }
message Receipt { string id = 1; }
"""

BREAKING = {
    "a method is gone": ("  rpc Send(Parcel) returns (Receipt);\n", "", "/parcels.Parcels/Send: removed"),
    "a stream is none any more": (
        "returns (stream Receipt)",
        "returns (Receipt)",
        "/parcels.Parcels/Follow: requests or responses changed",
    ),
    "a number means something else": (
        "int32 weight = 2",
        "string weight = 2",
        "parcels.Parcel.weight = 2: its type has changed",
    ),
    "zigzag and plain numbers": ("int32 weight = 2", "sint32 weight = 2", "its type has changed"),
    "a field is gone": (
        " int32 weight = 2;",
        "",
        "parcels.Parcel.weight = 2: removed without reserving its number",
    ),
    "a field deep inside is gone": (" uint32 width = 1;", "", "parcels.Box.width = 1: removed"),
    "a value of an enum is gone": (" LARGE = 1;", "", "parcels.Size.LARGE = 1: removed without reserving"),
    "many messages become one": (
        "repeated Box boxes",
        "Box boxes",
        "parcels.Parcel.boxes = 5: changed between singular and repeated",
    ),
}

FINE = {
    "a field joins": ("string to = 1;", "string to = 1; string note = 9;"),
    "a field is renamed": ("int32 weight", "int32 grams"),
    "a message is renamed": ("Receipt", "Voucher"),
    "a field leaves and its number is reserved": (" int32 weight = 2;", " reserved 2;"),
    "a value leaves and its number is reserved": (" LARGE = 1;", " reserved 1;"),
    "a number grows": ("int32 weight", "int64 weight"),
    "a method joins": ("  rpc Send", "  rpc Trace(Parcel) returns (Receipt);\n  rpc Send"),
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose protos were released."""
    folder = tmp_path_factory.mktemp("released")
    generate(folder, BEFORE)
    done = run(["make", "freeze-api"], folder)
    assert done.returncode == 0, done.said
    return folder


def test_buf_finds_what_breaks_callers(released: Path, tmp_path: Path) -> None:
    """What was kept is an image of buf's own: it compares with it, as the workflow does."""
    copy = tmp_path / "project"
    shutil.copytree(released, copy)
    against = ["buf", "breaking", "--exclude-imports", "--against", ".pyservice/released.binpb"]
    same = run(against, copy)
    assert same.returncode == 0, same.said
    proto = copy / "proto" / "parcels.proto"
    proto.write_text(BEFORE.replace(" int32 weight = 2;", ""))
    done = run(against, copy)
    assert done.returncode == 100, done.said
    assert '"2" with name "weight"' in done.said


def generate(folder: Path, proto: str) -> None:
    """Generate the project, as the user does after an edit."""
    (folder / "proto").mkdir(exist_ok=True)
    (folder / "proto" / "parcels.proto").write_text(proto)
    done = protoc("-Iproto", "--pyservice_out=.", "parcels.proto", cwd=folder)
    assert done.returncode == 0, done.said


def compared(released: Path, folder: Path, old: str, new: str) -> str:
    """What the generated test says about an edit; empty if it passes."""
    assert old in BEFORE
    copy = folder / "project"
    shutil.copytree(released, copy)
    generate(copy, BEFORE.replace(old, new))
    done = own_tests(copy, "tests/gen/test_wire.py")
    assert done.returncode in (0, 1), done.said
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize("change", BREAKING)
def test_a_change_that_breaks_callers_fails(released: Path, tmp_path: Path, change: str) -> None:
    """The test names the place and what happened there."""
    old, new, words = BREAKING[change]
    assert words in compared(released, tmp_path, old, new)


@pytest.mark.parametrize("change", FINE)
def test_a_compatible_change_passes(released: Path, tmp_path: Path, change: str) -> None:
    """Names are not sent, and additions break no caller."""
    assert compared(released, tmp_path, *FINE[change]) == ""


def test_before_a_release_anything_goes(tmp_path: Path) -> None:
    """Until `make freeze-api` there is nothing to compare with."""
    generate(tmp_path, BEFORE)
    assert not (tmp_path / ".pyservice" / "released.binpb").exists()
    generate(tmp_path, BEFORE.replace(" int32 weight = 2;", ""))
    done = own_tests(tmp_path, "tests/gen/test_wire.py")
    assert "1 passed" in done.stdout, done.said
