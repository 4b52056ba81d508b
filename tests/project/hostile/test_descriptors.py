"""The descriptors of the last run are in the repository too: names in them become code and paths like any other."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from tests.project.harness import CART, STOCK, Project
from tests.project.hostile.harness import (
    BUF,
    CHECK,
    DRY,
    GENERATE,
    PROTOC,
    EntryPoint,
    Tamper,
    assert_harmless,
    tampered,
)
from tests.project.hostile.records import descriptors, named, store, with_lines

CODE = 'X:\n    import os; os.system("touch ran")\nclass Y'

Change = Callable[[FileDescriptorProto], None]


def raw(change: Callable[[bytes], bytes]) -> Tamper:
    """An object with other bytes, as after an accident; its proto changed since, so that it is needed."""

    def tamper(project: Project) -> None:
        place = named(project, f"descriptor {CART}")
        project.write(place, change((project.folder / place).read_bytes()))
        project.write(f"proto/{CART}", project.text(f"proto/{CART}") + "message More {}\n")

    return tamper


def vouched(change: Callable[[bytes], bytes]) -> Tamper:
    """The same on purpose: the lock names the changed object."""
    return lambda project: store(project, {CART: change(descriptors(project)[CART])}, {})


def evil(change: Change, name: str = "evil.proto") -> Tamper:
    """Descriptors with one more file, which the lock says was served."""

    def tamper(project: Project) -> None:
        more = FileDescriptorProto(name=name, package="evil", syntax="proto3")
        more.message_type.add(name="Empty")
        service = more.service.add(name="Evil")
        service.method.add(name="Do", input_type=".evil.Empty", output_type=".evil.Empty")
        change(more)
        store(project, {name: more.SerializeToString()}, {f"proto {name}": 3})

    return tamper


def service_name(file: FileDescriptorProto) -> None:
    file.service[0].name = CODE


def method_name(file: FileDescriptorProto) -> None:
    file.service[0].method[0].name = CODE


def message_name(file: FileDescriptorProto) -> None:
    file.message_type[0].name = CODE
    file.service[0].method[0].input_type = file.service[0].method[0].output_type = f".evil.{CODE}"


def package_name(file: FileDescriptorProto) -> None:
    file.package = f"evil\n{CODE}"


def no_type(file: FileDescriptorProto) -> None:
    file.service[0].method[0].input_type = ""


def type_that_is_nowhere(file: FileDescriptorProto) -> None:
    file.service[0].method[0].input_type = ".evil.Nowhere"


def imports_itself(file: FileDescriptorProto) -> None:
    file.dependency.append(file.name)


def import_that_is_nowhere(file: FileDescriptorProto) -> None:
    file.dependency.append("../../nowhere.proto")


def no_change(file: FileDescriptorProto) -> None:
    """A file as any other but for its name."""


def served(change: Change) -> Tamper:
    """Descriptors in which a served file was another one: the differences are reported and updated."""

    def tamper(project: Project) -> None:
        file = FileDescriptorProto.FromString(descriptors(project)[CART])
        change(file)
        store(project, {CART: file.SerializeToString()}, {})

    return tamper


def circle(project: Project) -> None:
    """Two files that import each other."""
    files: dict[str, bytes] = {}
    for one, other in (("a.proto", "b.proto"), ("b.proto", "a.proto")):
        file = FileDescriptorProto(name=one, syntax="proto3", dependency=[other])
        file.message_type.add(name=one[0].upper())
        files[one] = file.SerializeToString()
    store(project, files, {"proto a.proto": 3, "proto b.proto": 4})


def of_another(project: Project) -> None:
    """The descriptor of a file is that of another one."""
    store(project, {CART: descriptors(project)[STOCK]}, {})


def of_two_branches(project: Project) -> None:
    """The lock names two, of which one is nowhere."""
    with_lines(project, {f"descriptor {CART}": f"{'0' * 64} {named(project, f'descriptor {CART}').rpartition('/')[2]}"})


STORED: dict[str, Tamper] = {
    "garbage": raw(lambda _: b"\xff\xfe\0garbage" * 100),
    "text": raw(lambda _: b"not descriptors\n"),
    "half": raw(lambda whole: whole[: len(whole) // 2]),
    "without the last byte": raw(lambda whole: whole[:-1]),
    "empty": raw(lambda _: b""),
    "garbage on purpose": vouched(lambda _: b"\xff\xfe\0garbage" * 100),
    "half on purpose": vouched(lambda whole: whole[: len(whole) // 2]),
    "empty on purpose": vouched(lambda _: b""),
    "twice": raw(lambda whole: whole * 2),
    "gone": lambda project: (project.folder / named(project, f"descriptor {CART}")).unlink(),
    "of another proto": of_another,
    "of two branches": of_two_branches,
    "up": evil(no_change, "../../evil.proto"),
    "absolute": evil(no_change, "/no/such/evil.proto"),
    "git": evil(no_change, ".git/hooks/pre-commit.proto"),
    "new line": evil(no_change, 'a\nimport os; os.system("touch ran")\n.proto'),
    "quotes": evil(no_change, 'a"""; import os; os.system("touch ran"); """.proto'),
    "its own module": evil(no_change, "registry.proto"),
    "service": evil(service_name),
    "method": evil(method_name),
    "message": evil(message_name),
    "package": evil(package_name),
    "no type": evil(no_type),
    "type that is nowhere": evil(type_that_is_nowhere),
    "imports itself": evil(imports_itself),
    "import that is nowhere": evil(import_that_is_nowhere),
    "circle": circle,
    "method that is served": served(method_name),
    "service that is served": served(service_name),
    "no type of one that is served": served(no_type),
}


@pytest.mark.parametrize("tamper", STORED.values(), ids=STORED)
def test_stored_descriptors_do_no_harm(theirs: Project, tmp_path: Path, tamper: Tamper) -> None:
    """One sentence, or a run as any other; no code and no path comes of what was put into them."""
    for way in (GENERATE, PROTOC):
        victim = tampered(theirs, tmp_path / way.name, tamper)
        for entry_point in (CHECK, DRY, way) if way is GENERATE else (way,):
            assert_harmless(victim, entry_point, quick=True)
        assert code_in(victim.project) == []


@pytest.mark.parametrize("entry_point", [GENERATE, PROTOC, BUF], ids=lambda entry_point: entry_point.name)
@pytest.mark.parametrize("kind", ["up", "service", "half", "circle"])
def test_stored_descriptors_do_no_harm_to_the_real_commands(
    theirs: Project, tmp_path: Path, kind: str, entry_point: EntryPoint
) -> None:
    """The same with the commands as the user types them."""
    victim = tampered(theirs, tmp_path, STORED[kind])
    assert_harmless(victim, entry_point)
    assert code_in(victim.project) == []


def code_in(project: Project) -> list[str]:
    """The Python files that the code has got into as code, and not in a text, or that are none any more."""
    python = (path for path in project.folder.rglob("*.py") if ".pyservice" not in path.parts)
    texts = {path.name: path.read_text(errors="replace") for path in python}
    return [name for name, text in texts.items() if "touch ran" in text and _calls(text)]


def _calls(text: str) -> bool:
    try:
        return any(isinstance(node, ast.Attribute) and node.attr == "system" for node in ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return True
