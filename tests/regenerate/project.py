"""A project under test: edits and regenerations, and the invariants after each of them."""

import json
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from protoc_gen_pyservice.inputs.compiler import compile_protos
from protoc_gen_pyservice.inputs.objects import OBJECTS
from protoc_gen_pyservice.inputs.options import parse_options, read_settings
from protoc_gen_pyservice.inputs.tree import DiskTree, Overlay
from protoc_gen_pyservice.run import run
from tests.regenerate import invariants
from tests.regenerate.contract import Contract, Rpc, Service
from tests.regenerate.contract_edits import ProtoEdit, changed
from tests.regenerate.sandbox import (
    EntryPoint,
    Outcome,
    Sandbox,
    generate,
    generate_process,
    plugin,
    protoc_process,
    stopped,
)
from tests.regenerate.user import Edit, User
from tests.support.snapshot import differences

LOCK = ".pyservice/lock.json"
_FITS_NO_MORE = ("earlier and refers to", "earlier and defines", "earlier and imports")
"""Refusals of a run with only some of the protos, or without one that was removed."""
_BLOCKS_START = "the program cannot start", "this file cannot be imported"
"""Actions that the user has to take before the service starts."""

ENTRY_POINTS: dict[str, EntryPoint] = {
    "generate": generate,
    "plugin": plugin,
    "pyservice": generate_process,
    "protoc": protoc_process,
    "one": plugin,
    "planned": generate,
    "restore": generate,
}

_WITHIN = {"pyservice": "generate", "protoc": "plugin", "stopped": "plugin"}
"""The same entry points without a process, which is quicker, and without an interruption."""
_PROTOC = ("plugin", "protoc", "one", "stopped")


def small() -> Contract:
    """One service with an RPC of two kinds."""
    contract = Contract()
    file = contract.file("shop.proto", "shop", "Item", "Order")
    item, order = file.messages
    file.services = [Service("Cart", [Rpc("Add", item, order), Rpc("Watch", item, order, server_streaming=True)])]
    return contract


def wide() -> Contract:
    """Two packages, three services, types across files."""
    contract = Contract()
    first = contract.file("acme/v1/shop.proto", "acme.v1", "Item", "Query")
    second = contract.file("cart.proto", "acme.v1", "Order")
    item, query = first.messages
    (order,) = second.messages
    first.services = [Service("Search", [Rpc("Get", query, item), Rpc("List", query, item, True, True)])]
    second.services = [
        Service("Cart", [Rpc("Add", item, order), Rpc("Pay", order, contract.empty)], "What is in the cart."),
        Service("Orders", [Rpc("Send", order, item, True)]),
    ]
    return contract


STARTS = {"small": small, "wide": wide}

_SETTINGS = """\
[project]
parts = ["client", "ci"]

[generate]
protos = [
"""
"""What is in deploy/ and load/ is merged as the rest is: a hundred files less to look at after each step."""


@cache
def _generated(start: str) -> tuple[TemporaryDirectory[str], str]:
    folder = TemporaryDirectory(prefix="regenerate-")
    sandbox = Sandbox(Path(folder.name))
    contract = STARTS[start]()
    sandbox.write_protos(contract.texts())
    listed = "".join(f'    "{name}",\n' for name in contract.texts())
    sandbox.write("pyservice.toml", f"{_SETTINGS}{listed}]\n".encode())
    outcome = protoc_process(sandbox, list(contract.texts()))
    assert outcome.code == 0, outcome.said
    return folder, json.loads((sandbox.read(LOCK) or b"").decode())["package"]


def _without_kept(files: dict[str, bytes]) -> dict[str, bytes]:
    """A project without what was put aside: to keep a half-written file too loses nothing."""
    aside = (".pyservice/overwritten/", ".pyservice/pending/")
    return {path: content for path, content in files.items() if not path.startswith(aside)}


class Project:
    """A project in a folder of its own, its contract and the user."""

    def __init__(self, folder: Path, start: str = "small") -> None:
        made, package = _generated(start)
        self.sandbox = Sandbox(folder)
        shutil.copytree(Path(made.name) / "project", self.sandbox.root, dirs_exist_ok=True)
        self.contract = STARTS[start]()
        self.user = User(self.sandbox, package)
        self.package = package
        self.outcome = Outcome(0, "")
        self.complete = True
        """Whether the last run was given all protos."""
        self.starts = True
        """Whether no report had something that keeps the service from starting."""
        self._around = self.sandbox.neighbours()

    def step(self, edits: Sequence[ProtoEdit | Edit], entry_point: str = "generate", at: int = 0) -> Outcome:
        """Make edits, regenerate, and check that nothing is lost and no action is needed.

        ``at`` is where the first of two runs is stopped, at a entry point that is.
        """
        for edit in edits:
            if isinstance(edit, ProtoEdit):
                self.contract = changed(self.contract, edit)
            else:
                edit.make(self.user)
        return self.regenerate(entry_point, at)

    def regenerate(self, entry_point: str = "generate", at: int = 0) -> Outcome:
        """Regenerate through a entry point, and check."""
        protos = list(self.contract.texts())
        self.sandbox.write_protos(self.contract.texts())
        self.user.list_protos(protos)
        if entry_point == "one":
            protos = [protos[self.user.next % len(protos)]]
        options = self._restored() if entry_point == "restore" else []
        before = self.sandbox.files()
        plan = self._planned() if entry_point == "planned" else None
        whole = self._unstopped(protos) if entry_point == "stopped" else None
        outcome = self._through(entry_point, protos, options, at)
        after = self.sandbox.files()
        if whole is not None:
            changes = differences(_without_kept(whole), _without_kept(after))
            assert not changes, f"the second run did not make it whole: {changes}"
        assert plan is None or (plan.changes, plan.todo) == (outcome.changes, outcome.todo)
        if outcome.refused and entry_point in _PROTOC and any(said in outcome.said for said in _FITS_NO_MORE):
            assert after == before
            return self.regenerate()
        if options and "is not possible: no file of that name" in outcome.said:
            assert after == before
            return self.regenerate()
        assert not outcome.refused, outcome.said
        self.outcome = outcome
        self.complete = entry_point != "one"
        self.starts = self.starts and not any(words in todo for todo in outcome.todo for words in _BLOCKS_START)
        self.user.forget(json.loads(after[LOCK]))
        invariants.check(before, after, outcome, self.user)
        if self.complete:
            invariants.wired(after, self.contract, self.user)
        self._check_again(entry_point, protos, after, outcome)
        assert self.sandbox.neighbours() == self._around
        return outcome

    def _through(self, entry_point: str, protos: Sequence[str], options: Sequence[str], at: int) -> Outcome:
        if options:
            return generate(self.sandbox, protos, *options)
        return (
            stopped(self.sandbox, protos, at)
            if entry_point == "stopped"
            else ENTRY_POINTS[entry_point](self.sandbox, protos)
        )

    def _unstopped(self, protos: Sequence[str]) -> dict[str, bytes]:
        """The project after an uninterrupted run, tried in a copy."""
        with TemporaryDirectory(prefix="regenerate-") as folder:
            twin = Sandbox(Path(folder) / "twin")
            shutil.copytree(self.sandbox.root, twin.root, dirs_exist_ok=True)
            plugin(twin, protos)
            return twin.files()

    def _planned(self) -> Outcome:
        """What --dry-run says; neither it nor --check writes, and --check tells whether there is something to do."""
        before = self.sandbox.files()
        plan = generate(self.sandbox, (), "--dry-run")
        check = generate(self.sandbox, (), "--check")
        assert self.sandbox.files() == before
        assert check.code >= int(plan.code == 1 or '"files": []' not in plan.said)
        return plan

    def _restored(self) -> list[str]:
        """The option that brings back a file that was deleted, if one was."""
        removed = sorted(self.user.removed)
        if not removed:
            return []
        path = removed[self.user.next % len(removed)]
        self.user.removed.discard(path)
        return ["--restore", path]

    def _check_again(self, entry_point: str, protos: Sequence[str], after: dict[str, bytes], outcome: Outcome) -> None:
        """A second run changes nothing, and neither does one that looks at everything again."""
        again = ENTRY_POINTS[_WITHIN.get(entry_point, entry_point)](self.sandbox, protos)
        changes = differences(after, self.sandbox.files())
        assert not changes, f"the second run changed {changes}"
        assert again.code == outcome.code, again.said
        lock = json.loads(after[LOCK])
        lock["request"] = ""
        tree = Overlay(DiskTree(str(self.sandbox.root)), {LOCK: json.dumps(lock).encode()})
        prune = entry_point in ("generate", "pyservice")
        options = parse_options("", read_settings(tree))
        asked = options.protos if prune else list(protos)
        request = compile_protos(str(self.sandbox.root), options.roots, asked, "prune=true" if prune else "")
        response = run(request, tree, can_delete=prune)
        changes = differences(after, {**after, **response.write})
        assert not changes, f"a run from scratch would change {changes}"
        # protoc deletes nothing; an object that nothing names any more goes with the next run that has something to do.
        deleted = [path for path in response.delete if not path.startswith(f"{OBJECTS}/")]
        assert not deleted, f"a run from scratch would delete {deleted}"
