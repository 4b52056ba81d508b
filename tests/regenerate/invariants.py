"""What has to hold after every regeneration, whatever was edited before it."""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping

from tests.regenerate.contract import Contract
from tests.regenerate.handler_edits import is_handler, servicer
from tests.regenerate.sandbox import Outcome
from tests.regenerate.text import Text, functions, marks, owners
from tests.regenerate.user import GENERATED_HEADER, User
from tests.support.bases import bases_of

_LOCK = ".pyservice/lock.json"
_OVERWRITTEN = ".pyservice/overwritten/"
Files = Mapping[str, bytes]


def check(before: Files, after: Files, outcome: Outcome, user: User) -> None:
    """All that can be said from the files alone."""
    _every_line_is_there(before, after)
    _deleted_files_stay_deleted(after, user)
    _own_files_are_untouched(before, after, user)
    _merged_files_follow(before, after)
    _python_stays_python(before, after)
    _methods_stay_in_order(before, after, outcome)
    _the_exit_code_tells_of_conflicts(after, outcome)
    assert not [path for path in after if path.startswith(".pyservice/journal")]


def has_markers(content: bytes) -> bool:
    """Whether a conflict is marked in a file."""
    lines = content.splitlines()
    return any(line.startswith(b"<<<<<<< yours") for line in lines)


def _own(files: Files) -> Iterator[tuple[str, bytes]]:
    return ((path, content) for path, content in files.items() if not path.startswith(".pyservice/"))


def _every_line_is_there(before: Files, after: Files) -> None:
    kept = [mark for path in after if path.startswith(_OVERWRITTEN) for mark in marks(after[path])]
    lock = json.loads(after[_LOCK])
    wanted = [mark for path in before if path.startswith(_OVERWRITTEN) for mark in marks(before[path])]
    for path, content in _own(before):
        mine = marks(content)
        if mine and _is_rewritten(path, content, json.loads(before.get(_LOCK, b"{}")), lock):
            assert not marks(after.get(path, b"")), f"{path} is generated and still edited"
            wanted += mine
        elif mine:
            assert path in after, f"{path} is gone"
            assert marks(after[path]) == mine, f"{path} lost or changed lines"
    for path, content in _own(after):
        if path not in before:
            assert not marks(content), f"{path} is new and has lines of the user's"
    assert sorted(kept, key=str) == sorted(wanted, key=str), "edits of generated files were not kept"


def _is_rewritten(path: str, content: bytes, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether a file is the generator's to write over; a file of the runtime may be ejected."""
    key = f"file {path}"
    owner = str(after.get(key, before.get(key, "merged"))).split()[0]
    return GENERATED_HEADER in content and owner != "merged" and f"stale {path}" not in after


def _deleted_files_stay_deleted(after: Files, user: User) -> None:
    back = [path for path in user.removed if path in after]
    assert not back, f"{back} came back"


def _own_files_are_untouched(before: Files, after: Files, user: User) -> None:
    for path, content in before.items():
        if path in user.created or path.startswith("proto/"):
            assert after.get(path) == content, f"{path} is not the generator's to touch"


def _merged_files_follow(before: Files, after: Files) -> None:
    old, new = bases_of(before), bases_of(after)
    for path in before.keys() & old.keys() & new.keys():
        if old[path] == new[path]:
            assert after.get(path) == before[path], f"{path} was touched for nothing"
        elif before[path] == old[path]:
            assert after.get(path) == new[path], f"{path} is unedited and not up to date"


def _python_stays_python(before: Files, after: Files) -> None:
    for path, content in _own(after):
        if not path.endswith(".py") or content == before.get(path):
            continue
        assert path not in before or _parses(before[path]), f"{path} did not parse and was touched"
        assert _parses(content) or has_markers(content), f"{path} does not parse any more"


def _parses(content: bytes) -> bool:
    try:
        compile(content, "file", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _methods_stay_in_order(before: Files, after: Files, outcome: Outcome) -> None:
    for path, content in _own(before):
        if "/handlers/" not in path or not path.endswith(".py") or content == after.get(path) or path not in after:
            continue
        was, now = owners(content), owners(after[path])
        for mark in was.keys() & now.keys():
            same = was[mark] == now[mark]
            assert same or _renamed(was[mark], now[mark], outcome), f"line {mark} of {path} went to {now[mark]}"
        if path.startswith("src/"):
            names, new = _methods(content), _methods(after[path])
            for group, methods in names.items():
                assert group in new, f"{path} lost class {group}"
                assert _is_within(methods, new[group], outcome), f"{path}: {methods} became {new[group]}"


def _methods(content: bytes) -> dict[str, list[str]]:
    text = Text(content)
    return {node.name: [f.name for f in functions(node.body)] for node in is_handler(text)}


def _is_within(names: Iterable[str], others: list[str], outcome: Outcome) -> bool:
    rest = iter(others)
    return all(any(name == other or _renamed(name, other, outcome) for other in rest) for name in names)


def _renamed(old: str, new: str, outcome: Outcome) -> bool:
    """Whether the report has a rename that explains another name."""
    words = (old.removeprefix("test_"), new.removeprefix("test_"))
    renames = (change.split(" -> ") for change in outcome.changes if change.startswith("rename rpc"))
    return any(
        _plain(source.rpartition("/")[2]) == _plain(words[0]) and _plain(target.split(" ")[0]) == _plain(words[1])
        for source, target in renames
    )


def _plain(name: str) -> str:
    return name.replace("_", "").lower().rstrip("0123456789")


def _the_exit_code_tells_of_conflicts(after: Files, outcome: Outcome) -> None:
    marked = [path for path, content in _own(after) if has_markers(content)]
    assert bool(marked) == (outcome.code == 1), f"exit code {outcome.code}, markers in {marked}\n{outcome.said}"


def wired(after: Files, contract: Contract, user: User) -> None:
    """Every service has one handler class with every method, unless the user took it out or broke it."""
    lock = json.loads(after[_LOCK])
    folder = f"src/{user.package}/handlers/"
    paths = [path for path in after if path.startswith(folder) and path.endswith(".py")]
    if any(not _parses(after[path]) for path in paths):
        return
    found = [node for path in paths for node in is_handler(Text(after[path]))]
    classes = {servicer(node): node for node in found}
    twice = {base for base in classes if sum(servicer(node) == base for node in found) > 1}
    for file, service in contract.services:
        full = file.full(service.name)
        if f"{lock[f'class {full}']}Servicer" in twice:
            continue
        node = classes.get(f"{lock[f'class {full}']}Servicer")
        if node is None:
            home = f"{folder}{lock[f'module {full}']}.py"
            assert home in user.removed, f"{full} has no handler class"
            continue
        has = {f.name for f in functions(node.body)} | {t.id for n in node.body for t in _targets(n)}
        lacks = {lock[f"method {full}/{rpc.name}"] for rpc in service.rpcs} - has
        assert lacks <= user.dropped, f"{full} lacks {lacks}"


def _targets(node: ast.stmt) -> Iterator[ast.Name]:
    return (target for target in getattr(node, "targets", []) if isinstance(target, ast.Name))
