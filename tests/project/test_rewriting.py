"""Protos that call our options by their old names: the project's own are rewritten, others are refused."""

import shutil
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoc_gen_pyservice.inputs.compiler import include_dir
from protoc_gen_pyservice.inputs.option_names import rewritten
from tests.project.harness import Project, refused
from tests.project.hostile.records import store
from tests.support.command import run
from tests.support.protoc import protoc
from tests.support.snapshot import snapshot
from tests.upgrade.edits import V0_2_0

OLD = "pyservice/options.proto"
NEW = "pyservice/v1/options.proto"
FROZEN = Path(__file__).parents[1] / "upgrade" / "v0.2.0"
OLD_TEXT = (FROZEN / "proto" / OLD).read_bytes()

NOTES = "notes/v1/notes.proto"
NOTES_TEXT = (
    b'\xef\xbb\xbf// caf\xe9: (pyservice.method), import "pyservice/options.proto";\r\n'
    b'syntax = "proto3";\r\npackage notes.v1;\r\nimport "pyservice/options.proto";\r\n'
    b"message Note { string text = 1; }\r\n"
    b"service Notes {\r\n"
    b'  option (.pyservice.service) = { roles: "(pyservice.method)" };\r\n'
    b"  rpc Write(Note) returns (Note) {\r\n"
    b"    option (pyservice.method).audit = true;  // not (pyservice.service)\r\n"
    b"  }\r\n"
    b"}\r\n"
)
REWRITTEN = (
    NOTES_TEXT.replace(b'\r\nimport "pyservice/', b'\r\nimport "pyservice/v1/')
    .replace(b"(.pyservice.service)", b"(.pyservice.v1.service)")
    .replace(b"(pyservice.method).audit", b"(pyservice.v1.method).audit")
)
SAID = f"it imports {NEW} now and uses the new option names; everything else is unchanged"
SETTINGS = '[generate]\nroots = ["proto"]\nprotos = ["notes/v1/notes.proto"]\n'

NOT_OURS = (
    f"imports {OLD}, which is {NEW} now, and is not one of this project's protos, which alone are rewritten: "
    f"import {NEW} there and write (pyservice.v1.method) for (pyservice.method).\n"
)
BY_HAND = f"which is {NEW} now: import {NEW} and write (pyservice.v1.method) for (pyservice.method)."
RUN = (
    f"which is {NEW} now: run `pyservice generate`, which rewrites a project's own protos; in others, "
    f"import {NEW} and write (pyservice.v1.method) for (pyservice.method)."
)


@pytest.fixture
def old(tmp_path: Path) -> Project:
    """A project with one proto and a copy of the old options."""
    project = Project(tmp_path / "notes")
    project.write("pyservice.toml", SETTINGS)
    project.proto(NOTES, NOTES_TEXT.decode("latin-1"))
    project.write(f"proto/{NOTES}", NOTES_TEXT)
    project.write(f"proto/{OLD}", OLD_TEXT)
    return project


@pytest.fixture
def market(tmp_path: Path) -> Project:
    """A project that version 0.2.0 made, through protoc, from protos outside; it has a record of all that.

    The files whose edits conflict with 0.3 are as they were generated: these tests are about protos.
    """
    folder = Path(shutil.copytree(FROZEN, tmp_path / "market"))
    for path in V0_2_0.conflicts:
        shutil.copy(folder / ".pyservice/pristine" / path, folder / path)
    return Project(folder)


def _bytes(project: Project, path: str) -> bytes:
    return (project.folder / path).read_bytes()


# --------------------------------------------------------------------------------------- the project's own


def test_the_own_protos_are_rewritten(old: Project) -> None:
    """Import and names, and no byte beside them; the old copy goes, the new one comes, and the policies hold."""
    said = old.generate().stderr
    assert _bytes(old, f"proto/{NOTES}") == REWRITTEN
    assert not old.has(f"proto/{OLD}")
    assert old.has(f"proto/{NEW}")
    assert f"  updated   proto/{NOTES}: {SAID}\n" in said
    assert f"  deleted   proto/{OLD}: it is {NEW} now\n" in said
    registry = old.text("src/notes/gen/registry.py")
    assert "audit=True" in registry
    assert '"(pyservice.method)"' in registry


def test_a_second_run_has_nothing_to_do(old: Project) -> None:
    """What was rewritten is as it should be."""
    old.generate()
    before = old.files()
    assert old.generate().stderr == "pyservice: notes: up to date\n"
    assert old.changed_since(before) == []


@pytest.mark.parametrize("flag", ["--check", "--dry-run"])
def test_looking_writes_nothing(old: Project, flag: str) -> None:
    """It says what would be rewritten; --check calls it drift."""
    before = old.files()
    said = old.generate(flag, expect=int(flag == "--check")).stdout
    assert f"proto/{NOTES}: {SAID}\n" in said
    assert "not listed" not in said
    assert old.changed_since(before) == []


def test_a_proto_that_comes_later_is_rewritten(old: Project) -> None:
    """As one of a branch from before, in a project where all else is settled."""
    old.generate()
    before = old.files()
    old.write(f"proto/{NOTES}", NOTES_TEXT)
    old.write(f"proto/{OLD}", OLD_TEXT)
    assert old.generate("--check", expect=1).stdout.count(SAID) == 1
    old.generate()
    assert old.changed_since(before) == []


def test_names_follow_where_another_proto_imports(old: Project) -> None:
    """A public import makes the options visible in a file that names them only; unlisted protos follow as well."""
    old.proto("notes/v1/common.proto", f'syntax = "proto3";\nimport public "{OLD}";\n')
    text = NOTES_TEXT.replace(b'pyservice/options.proto";\r\nmessage', b'notes/v1/common.proto";\r\nmessage')
    old.write(f"proto/{NOTES}", text)
    old.proto("draft.proto", f'import "{OLD}"; option (pyservice.service)')
    old.generate()
    assert b"option (pyservice.v1.method).audit" in _bytes(old, f"proto/{NOTES}")
    assert old.text("proto/notes/v1/common.proto") == f'syntax = "proto3";\nimport public "{NEW}";\n'
    assert old.text("proto/draft.proto") == f'import "{NEW}"; option (pyservice.v1.service)'


def test_what_does_not_compile_is_not_rewritten(old: Project) -> None:
    """All of it happens, or nothing."""
    old.write(f"proto/{NOTES}", NOTES_TEXT.replace(b"(Note)", b"(Nothing)"))
    assert "the protos do not compile" in refused(old)


def test_a_package_of_ones_own_called_pyservice_is_left_alone(old: Project) -> None:
    """Inside `acme`, `pyservice.method` is that of `acme.pyservice`: only the whole name is ours."""
    own = 'syntax = "proto3";\npackage acme.pyservice;\nimport "google/protobuf/descriptor.proto";\n'
    old.proto("acme/own.proto", f"{own}extend google.protobuf.MethodOptions {{ string method = 50123; }}\n")
    text = NOTES_TEXT.replace(b"package notes.v1;", b'package acme.v1;\r\nimport "acme/own.proto";')
    text = text.replace(b"package acme.v1", b"package acme")
    text = text.replace(b"(pyservice.method).audit = true", b'(pyservice.method) = "theirs"')
    old.write(f"proto/{NOTES}", text)
    old.generate()
    assert b'(pyservice.method) = "theirs"' in _bytes(old, f"proto/{NOTES}")
    assert b"option (.pyservice.v1.service)" in _bytes(old, f"proto/{NOTES}")


def test_an_edited_copy_stays(old: Project) -> None:
    """It is the user's; the report says on every run what to do with it."""
    old.write(f"proto/{OLD}", OLD_TEXT + b"// mine\n")
    hint = f"  action needed: proto/{OLD} was edited and stays, but it is {NEW} now: delete it, because buf refuses both together\n"
    assert hint in old.generate().stderr
    assert _bytes(old, f"proto/{OLD}") == OLD_TEXT + b"// mine\n"
    assert hint in old.generate().stderr


def test_a_file_of_that_name_that_is_not_ours_is_left_alone(old: Project) -> None:
    """Another package of that name is not changed."""
    old.write(f"proto/{NOTES}", REWRITTEN)
    old.proto(OLD, 'syntax = "proto3";\npackage acme.pyservice;\n')
    assert "was edited" not in old.generate().stderr
    assert old.has(f"proto/{OLD}")


def test_an_edited_copy_is_not_compiled(old: Project) -> None:
    """A pattern that takes it in is one sentence; the one for a generated copy does no harm."""
    old.write("pyservice.toml", SETTINGS.replace(NOTES, "*.proto"))
    old.write(f"proto/{OLD}", OLD_TEXT + b"// mine\n")
    assert refused(old) == (
        f"pyservice: {OLD} is to be compiled and was edited, but it is {NEW} now: delete your copy, "
        "or remove it from generate.protos.\n"
    )
    old.write(f"proto/{OLD}", OLD_TEXT.replace(b"\n", b"\r\n"))
    old.generate()
    assert not old.has(f"proto/{OLD}")


def test_the_copy_in_a_root_of_another_name_goes_too(old: Project) -> None:
    """The root need not be called proto/, and one may be inside another."""
    (old.folder / "proto").rename(old.folder / "api")
    old.write("pyservice.toml", SETTINGS.replace('"proto"', '".", "api"'))
    old.generate()
    assert not old.has(f"api/{OLD}")
    assert _bytes(old, f"api/{NOTES}") == REWRITTEN


def test_virtual_environments_are_not_the_projects(old: Project) -> None:
    """Below a root that is the project itself there may be one, with protos of other packages."""
    old.write("pyservice.toml", SETTINGS.replace('"proto"', '"proto", "."'))
    old.write("env/pyvenv.cfg", "")
    old.write(f"env/lib/{NOTES}", NOTES_TEXT)
    old.generate()
    assert _bytes(old, f"env/lib/{NOTES}") == NOTES_TEXT


def test_both_imports_in_one_proto_are_refused(old: Project) -> None:
    """Which lines of it are meant is the user's to say."""
    both = f'import "{OLD}";\r\nimport "{NEW}";'.encode()
    old.write(f"proto/{NOTES}", NOTES_TEXT.replace(f'import "{OLD}";\r'.encode(), both + b"\r"))
    assert refused(old) == (
        f"pyservice: proto/{NOTES} imports {OLD} and {NEW}, which is the same under its new name: "
        f"remove the import of {OLD}.\n"
    )


# --------------------------------------------------------------------------------- with a record of the past


def test_an_edited_copy_that_was_generated_stays(market: Project) -> None:
    """It leaves the record, and the report says whose it is."""
    market.write(f"proto/{OLD}", OLD_TEXT + b"// mine\n")
    said = market.generate().stderr
    assert f"  kept      proto/{OLD}: no longer generated, and yours now: you edited it\n" in said
    assert _bytes(market, f"proto/{OLD}") == OLD_TEXT + b"// mine\n"
    assert OLD not in market.text(".pyservice/lock.json")


def test_protoc_leaves_the_old_copy_for_generate_to_delete(market: Project) -> None:
    """Once the user has rewritten the protos by hand, protoc is as good; but it deletes nothing."""
    for name in ("goods", "orders", "stock"):
        path = f"proto/market/v1/{name}.proto"
        market.write(path, rewritten(_bytes(market, path)))
    targets = "market/v1/orders.proto", "market/v1/stock.proto"
    done = protoc("-Iproto", f"-I{include_dir()}", "--pyservice_out=.", *targets, cwd=market.folder)
    assert done.returncode == 0, done.said
    assert f"  stale     proto/{OLD}: no longer generated; `pyservice generate` deletes it\n" in done.stderr
    market.generate()
    assert not market.has(f"proto/{OLD}")


def test_the_next_merge_of_the_original_meets_no_conflict(market: Project) -> None:
    """The proto outside, rewritten as well and with a new line beside the import, merges into the project's."""
    market.generate()
    outside = market.folder.parent / "outside"
    shutil.copytree(market.folder / "proto", outside)
    orders = outside / "market" / "v1" / "orders.proto"
    line = f'import "{NEW}";\n'
    orders.write_text(orders.read_text().replace(line, f'{line}import "google/protobuf/empty.proto";\n'))
    done = protoc(f"-I{outside}", "--pyservice_out=.", "market/v1/orders.proto", cwd=market.folder)
    assert done.returncode == 0, done.said
    assert _bytes(market, "proto/market/v1/orders.proto") == orders.read_bytes()


# ------------------------------------------------------------------------------------------ of other users


def test_a_root_outside_is_refused(old: Project) -> None:
    """What others have is named and left alone."""
    shared = old.folder.parent / "shared"
    shared.mkdir()
    (shared / "more.proto").write_text(f"syntax = 'proto3';\npackage more;\nimport '{OLD}';\n")
    old.write("pyservice.toml", SETTINGS.replace('"proto"', '"proto", "../shared"'))
    old.write(f"proto/{NOTES}", REWRITTEN.replace(b"message", b'import "more.proto";\r\nmessage'))
    before = snapshot(shared)
    assert refused(old) == f"pyservice: {shared}/more.proto {NOT_OURS}"
    assert snapshot(shared) == before


def test_what_a_link_leads_to_outside_is_refused(old: Project) -> None:
    """Such a proto is not written through the link."""
    outside = old.folder.parent / "notes.proto"
    outside.write_bytes(NOTES_TEXT)
    (old.folder / "proto" / NOTES).unlink()
    (old.folder / "proto" / NOTES).symlink_to(outside)
    assert refused(old) == f"pyservice: {old.folder}/proto/{NOTES} {NOT_OURS}"
    assert outside.read_bytes() == NOTES_TEXT


def test_a_new_project_from_an_old_proto_is_refused(tmp_path: Path) -> None:
    """`pyservice new` reads it where it is."""
    (tmp_path / "notes.proto").write_bytes(NOTES_TEXT[3:])
    given = ["--defaults", "--no-git", "--data", "start=mine", "--data", f"proto={tmp_path}/notes.proto"]
    done = Project(tmp_path).pyservice("new", "project", *given)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"pyservice: {tmp_path}/notes.proto {NOT_OURS}"[:-1])
    assert not (tmp_path / "project").exists()


def _protoc(project: Project, *arguments: str) -> str:
    """What the plugin says in the last line; the compiler may have warned before."""
    done = protoc(*arguments, "--pyservice_out=.", cwd=project.folder)
    assert done.returncode == 1, done.said
    return done.stderr.splitlines()[-1].removeprefix("--pyservice_out: ")


def test_protoc_says_what_to_run(old: Project) -> None:
    """A plugin is given descriptors, and cannot rewrite a text; nothing is written."""
    before = old.files()
    assert _protoc(old, "-Iproto", NOTES) == f"{NOTES} imports {OLD}, {RUN}"
    assert _protoc(old, "-Iproto", OLD) == f"{OLD} is compiled, {RUN}"
    assert old.changed_since(before) == []


def test_protoc_sees_what_an_import_imports(old: Project) -> None:
    """Also where the old options have another place, and where no line of the target itself is old."""
    old.write(f"vendor/{OLD}", OLD_TEXT)
    old.proto("more.proto", 'syntax = "proto3";\nimport "vendor/pyservice/options.proto";\n')
    old.proto(NOTES, 'syntax = "proto3";\nimport "more.proto";\nmessage Note {}\n')
    said = _protoc(old, "-Iproto", "-I.", NOTES)
    assert said == f"more.proto imports vendor/{OLD}, {BY_HAND}"


def test_both_in_one_compile_are_refused(old: Project) -> None:
    """Where their numbers differ the compiler itself sees nothing wrong."""
    old.write(f"proto/{OLD}", OLD_TEXT.replace(b"51717", b"51718"))
    old.proto("other.proto", f'syntax = "proto3";\nimport "{NEW}";\n')
    said = _protoc(old, "-Iproto", f"-I{include_dir()}", "other.proto", NOTES)
    assert said == f"{NOTES} imports {OLD}, {RUN}"


def test_an_old_file_of_an_earlier_run_is_refused(old: Project) -> None:
    """A run of protoc file by file names the files that are still old."""
    old.generate()
    old.proto("more.proto", f'syntax = "proto3";\nimport "{NEW}";\nmessage More {{}}\n')
    stored = old.folder / "older.binpb"
    out = f"--descriptor_set_out={stored}"
    (old.folder / "older" / "notes" / "v1").mkdir(parents=True)
    old.write(f"older/{NOTES}", NOTES_TEXT)
    old.write(f"older/{OLD}", OLD_TEXT)
    assert protoc("-Iolder", "--include_imports", out, NOTES, cwd=old.folder).returncode == 0
    files = FileDescriptorSet.FromString(stored.read_bytes()).file
    store(old, {file.name: file.SerializeToString() for file in files}, {})
    said = _protoc(old, "-Iproto", "more.proto")
    assert said == f"{NOTES} imports {OLD}, {RUN}"


def test_buf_says_what_to_run(old: Project, tmp_path: Path) -> None:
    """In the same sentence; after `pyservice generate` buf has nothing to complain of."""
    old.write(f"proto/{NOTES}", NOTES_TEXT[3:].replace(b"caf\xe9", b"cafe"))
    old.write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n")
    plugin = "version: v2\nplugins:\n  - local: protoc-gen-pyservice\n    out: .\n    opt: out=.\n"
    old.write("buf.gen.yaml", plugin)
    cache = {"BUF_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path / "cache")}
    before = old.files()
    done = run(["buf", "generate"], old.folder, cache)
    assert done.returncode == 1
    assert f"{NOTES} imports {OLD}, {RUN}" in done.stderr
    assert old.changed_since(before) == []
    old.generate()
    again = run(["buf", "generate"], old.folder, cache)
    assert again.returncode == 0, again.said


def test_buf_calls_the_rewriting_no_breach(old: Project, tmp_path: Path) -> None:
    """What callers see is the same: a project's contract does not begin with our options."""
    (tmp_path / "before").mkdir()
    old.write(f"proto/{NOTES}", NOTES_TEXT[3:].replace(b"caf\xe9", b"cafe"))
    for path in (NOTES, OLD):
        Project(tmp_path / "before").write(f"proto/{path}", _bytes(old, f"proto/{path}"))
    old.generate()
    (tmp_path / "before" / "buf.yaml").write_text(old.text("buf.yaml"))
    cache = {"BUF_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path / "cache")}
    done = run(["buf", "breaking", "--against", str(tmp_path / "before")], old.folder, cache)
    assert done.returncode == 0, done.said
