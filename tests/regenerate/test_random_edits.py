"""After any edits, in any order, regeneration loses nothing and completes its work."""

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.regenerate import contract_edits, edits_of_tests, file_edits, handler_edits, runtime_edits, style_edits
from tests.regenerate.project import STARTS, Project
from tests.regenerate.serving import assert_served

STEPS = 10
SHARDS = 8
"""Groups of sequences, for workers to share."""
DEFAULT = 40
"""Default number of sequences."""

_NUMBER = st.integers(0, 30)
_PLACE = st.integers(0, 400)


def _edits(*kinds: type, **fields: st.SearchStrategy[Any]) -> list[st.SearchStrategy[Any]]:
    return [st.builds(kind, **_fields(kind, fields)) for kind in kinds]


def _fields(kind: type, special: dict[str, st.SearchStrategy[Any]]) -> dict[str, st.SearchStrategy[Any]]:
    usual = {"int": _NUMBER, "bool": st.booleans()}
    return {
        one.name: special.get(one.name, usual[getattr(one.type, "__name__", "")]) for one in dataclasses.fields(kind)
    }


PROTO_EDITS = st.one_of(
    *_edits(
        contract_edits.AddRpc,
        contract_edits.AddRpc,
        contract_edits.AddRpc,
        contract_edits.RemoveRpc,
        contract_edits.RenameRpc,
        contract_edits.RenameRpc,
        contract_edits.MoveRpc,
        contract_edits.Retype,
        contract_edits.Flip,
        contract_edits.Comment,
        contract_edits.AddService,
        contract_edits.RemoveService,
        contract_edits.RenameService,
        contract_edits.TurnServices,
        contract_edits.MoveService,
        contract_edits.AddFile,
        contract_edits.RemoveFile,
        contract_edits.RenameFile,
        contract_edits.SetPackage,
        contract_edits.RenameMessage,
        contract_edits.MoveMessage,
    )
)
FILE_EDITS = st.one_of(
    *_edits(
        handler_edits.WriteBody,
        handler_edits.WriteBody,
        handler_edits.NoteSignature,
        handler_edits.AddHelper,
        handler_edits.AddAttribute,
        handler_edits.SwapMethods,
        handler_edits.DeleteMethod,
        handler_edits.RenameClass,
        handler_edits.AddBase,
        handler_edits.Nest,
        handler_edits.MoveClass,
        handler_edits.MoveFile,
        style_edits.Restyle,
        edits_of_tests.DeleteTest,
        edits_of_tests.WriteTest,
        style_edits.Break,
        style_edits.Repair,
        file_edits.Note,
        file_edits.NoteInHandler,
        file_edits.Rewrite,
        file_edits.AppendCode,
        file_edits.Delete,
        file_edits.EditGenerated,
        file_edits.NewFile,
        file_edits.TogglePart,
        file_edits.ListByPattern,
        file_edits.Resolve,
        file_edits.OlderGenerator,
        file_edits.OlderGenerator,
        file_edits.RestyleText,
        runtime_edits.Eject,
        runtime_edits.Eject,
        runtime_edits.TakeBack,
        runtime_edits.SwitchMode,
        place=_PLACE,
    )
)
EDITS = st.lists(st.one_of(PROTO_EDITS, FILE_EDITS), min_size=1, max_size=4)


def _phases() -> tuple[Phase, ...]:
    return (Phase.generate,) if os.environ.get("PYSERVICE_NO_SHRINK") else (Phase.generate, Phase.shrink)


ENTRY_POINTS = ["generate"] * 5 + ["plugin", "one", "planned", "restore", "stopped"]
REAL = (
    {"plugin": "protoc", "one": "protoc"}
    | dict.fromkeys(("generate", "planned", "restore"), "pyservice")
    | {"stopped": "stopped"}
)


class Edits(RuleBasedStateMachine):
    """One project through a row of edits; one in ten by the real commands, one in ten is started at its end."""

    project: Project
    real = False
    served = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="regenerate-")

    @initialize(start=st.sampled_from(sorted(STARTS)), real=st.integers(0, 9), served=st.integers(0, 9))
    def begin(self, start: str, real: int, served: int) -> None:
        self.project = Project(Path(self.folder.name), start)
        self.real, self.served = real == 9, served == 9

    @rule(edits=EDITS, entry_point=st.sampled_from(ENTRY_POINTS), at=_PLACE)
    def step(self, edits: list[Any], entry_point: str, at: int) -> None:
        self.project.step(edits, REAL[entry_point] if self.real else entry_point, at)

    def teardown(self) -> None:
        try:
            if self.served:
                assert_served(self.project)
        finally:
            self.folder.cleanup()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_lost(shard: int, pytestconfig: pytest.Config) -> None:
    """Every line stays, a second run does nothing, and what is in the protos is served, after each of many steps.

    ``--sequences N`` (or PYSERVICE_SEQUENCES) tries that many, each time others; without it they are always the same.
    """
    asked = pytestconfig.getoption("--sequences", default=None) or os.environ.get("PYSERVICE_SEQUENCES")
    state_machine = seed(shard)(type(f"Edits{shard}", (Edits,), {})) if asked is None else Edits
    many = max(1, int(asked or DEFAULT) // SHARDS)
    run_state_machine_as_test(
        state_machine,
        settings=settings(
            max_examples=many,
            stateful_step_count=STEPS + 1,
            deadline=None,
            derandomize=False,
            database=None,
            print_blob=False,
            phases=_phases(),
            suppress_health_check=list(HealthCheck),
        ),
    )
