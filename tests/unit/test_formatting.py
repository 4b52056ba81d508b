"""What black would do to generated Python is done, at the cost of the lines that need it."""

from pathlib import Path

import black
import pytest
from black.mode import Mode, TargetVersion

from protoc_gen_pyservice.render.formatting import tidy

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "orderbook"
FILES = [path for path in sorted(PROJECT.glob("src/**/*.py")) if "_pb2" not in path.name]

FORMS = {
    "parameter": "class A:\n    def f(\n        self,\n        request: {0} | None = None,\n    ) -> None: ...\n",
    "base class": "class AnotherClient(Base[{0}]):\n    a = 1\n",
    "name": 'class A:\n    _service = "{0}"\n',
    "call": "def f() -> None:\n    request = sample({0})\n",
}
"""Lines that a long name makes too long."""

METHOD = '''
    def {name}(
        self,
        request: dict[str, {type}] | None = None,
    ) -> None:
        """Call it."""
'''


def whole(text: str, line_length: int) -> str:
    """The text as black has it when it is given all of it."""
    return black.format_str(text, mode=Mode(line_length=line_length, target_versions={TargetVersion.PY311}))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_pieces_are_formatted_like_the_whole(path: Path) -> None:
    """With lines that are allowed less than they were written for, nearly every piece of a file needs black."""
    text = path.read_text(encoding="utf-8")
    assert tidy(text, 60) == whole(text, 60)


def test_a_definition_in_a_docstring_is_none() -> None:
    """What looks like code there does not end a piece."""
    text = f'"""Like this:\n\nclass A:\n\ndef f():\n"""\n\nx = [{", ".join(str(n) for n in range(60))}]\n'
    assert tidy(text, 80) == whole(text, 80) != text


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_long_name_is_split_off(form: str) -> None:
    """Whether it then fits, fits exactly or is too long all the same."""
    for length in range(40, 110):
        text = form.format("a_pb2." + "B" * length)
        assert tidy(text, 100) == whole(text, 100)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_black_is_not_loaded_for_a_long_name(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it would do is known: its import alone costs more than a run."""
    monkeypatch.setattr(black, "format_str", None)
    text = form.format("a_pb2." + "B" * 80)
    assert len(tidy(text, 100).splitlines()) == len(text.splitlines()) + 2 + ("| None" in form)


def test_black_gets_the_one_method_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes ten seconds for the clients of four hundred services, where a few names are too long."""
    methods = [METHOD.format(name=f"m{number}", type="Short") for number in range(100)]
    methods[50] = METHOD.format(name="long", type="Long" * 20)
    text = 'class Client:\n    """All methods."""\n' + "".join(methods)
    given: list[str] = []
    format_str = black.format_str

    def recording(text: str, *, mode: Mode) -> str:
        given.append(text)
        return format_str(text, mode=mode)

    monkeypatch.setattr(black, "format_str", recording)
    tidied = tidy(text, 100)
    assert given == [f"class _:\n{methods[50].strip(chr(10))}\n"]
    assert tidied == whole(text, 100)
