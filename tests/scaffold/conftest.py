"""The faulty service: a generated project with a bug in each of its RPCs, and the results of its generated tests."""

import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.protoc import protoc
from tests.support.sharing import locked

FAULTY_SERVICE = Path(__file__).parent / "faulty_service"
OPTIONS = FAULTY_SERVICE.parents[2] / "protoc_gen_pyservice" / "include"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the generated tests said."""

    failed: dict[str, str]
    """The tests that failed, ``test_odd_values[/garden.v1.Garden/EmptyString]``, and what each said."""
    passed: frozenset[str]
    said: str

    def failure(self, test: str, rpc: str) -> str:
        """What a test of tests/gen/ said about an RPC; empty if it passed."""
        return self.failed.get(f"{test}[/garden.v1.Garden/{rpc}]", "")

    def failures(self, rpc: str) -> set[str]:
        """The tests that failed for an RPC."""
        names = (test for test in self.failed if test.endswith(f"/{rpc}]"))
        return {re.sub(r"\[.*", "", name) for name in names}


@pytest.fixture(scope="session")
def faulty_service(shared_folder: Path) -> Outcome:
    """The tests of the faulty service, run once in a session with every handler written."""
    folder = shared_folder / "garden"
    with locked(shared_folder, "garden"):
        if not folder.exists():
            folder.mkdir()
            done = protoc(f"-I{OPTIONS}", f"-I{FAULTY_SERVICE}", "--pyservice_out=.", "garden.proto", cwd=folder)
            assert done.returncode == 0, done.said
            shutil.copyfile(FAULTY_SERVICE / "handlers.py", folder / "src" / "garden" / "handlers" / "garden.py")
            # CI: hypothesis draws the same examples every time.
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "--tb=short",
                "-p",
                "no:cacheprovider",
                "--junitxml=out.xml",
            ]
            finished = run(command, folder, {"CI": "true"}, timeout=400)
            (folder / "said.txt").write_text(finished.said)
    return read(folder)


def read(folder: Path) -> Outcome:
    """The outcome that pytest left in a folder."""
    failed: dict[str, str] = {}
    passed: set[str] = set()
    for case in ElementTree.parse(folder / "out.xml").iter("testcase"):
        problems = [problem for problem in case if problem.tag in ("failure", "error")]
        if problems:
            failed[case.attrib["name"]] = "\n".join(problem.text or "" for problem in problems)
        else:
            passed.add(case.attrib["name"])
    return Outcome(failed, frozenset(passed), (folder / "said.txt").read_text())
