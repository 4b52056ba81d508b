"""docs and markdown: comments become docstrings and Markdown, and change neither the code nor the page around."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoc_gen_pyservice.model import markdown
from protoc_gen_pyservice.model.comments import Doc, docstring, parse_comment

INDENT = " " * 4


def in_a_class(text: str) -> str:
    """The source of a class with this docstring, as templates write it."""
    return f'class C:\n{INDENT}"""{text}"""\n'


def read_back(text: str) -> str:
    """What Python reads as the docstring of that class."""
    (node,) = ast.parse(in_a_class(text)).body
    assert isinstance(node, ast.ClassDef)
    return ast.get_docstring(node) or ""


# ----------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("comment", "lines"),
    [
        ("", ()),
        ("\n", ()),
        (" \n  \n", ()),
        (" One line.\n", ("One line.",)),
        (" First.\n\n Second.\n", ("First.", "", "Second.")),
        (" A list:\n   - indented\n", ("A list:", "  - indented")),
        (" Windows.\r\n Twice.\r\n", ("Windows.", "Twice.")),
        ("*\n A block.\n   * bullet\n", ("A block.", "  * bullet")),
        ("* A block on its first line.\n", ("A block on its first line.",)),
        ("*\n* Two stars\n* before each line.\n", ("Two stars", "before each line.")),
        ("*bold* word\n", ("*bold* word",)),
        (" tab\tinside   \n", ("tab    inside",)),
        (" form\x0cfeed \u2028 nul\x00\n", ("form feed   nul",)),
        (b" Caf\xe9\n", ("Caf\ufffd",)),
    ],
)
def test_a_comment_as_the_compiler_gives_it(comment: str | bytes, lines: tuple[str, ...]) -> None:
    """The blank or star before each line goes, and what no file can hold; indentation stays."""
    assert parse_comment(comment).lines == lines


def test_the_summary_is_the_first_paragraph() -> None:
    """In one line, whatever its lines were."""
    doc = parse_comment(" First\n line.\n\n Second.\n")
    assert doc.summary == "First line."
    assert doc.more
    assert doc.cell == "First line. Second."


# -------------------------------------------------------------------------------------- docstrings


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((), "Said instead."),
        (("Plain.",), "Plain."),
        (('Ends with "quotes"',), 'Ends with "quotes" '),
        (('"Begins" so',), ' "Begins" so'),
        (('"""',), '\\"\\"\\" '),
        (("C:\\new\\table",), "C:\\\\new\\\\table"),
        (("ends in \\",), "ends in \\\\"),
        (("One.", "", "Two."), "One.\n\n    Two.\n    "),
        (("  Indented first.", "  Then too."), "Indented first.\n    Then too.\n    "),
        (("List:", "  - one"), "List:\n    - one\n    "),
        (("word " * 30,), f"{'word ' * 18}word\n    {'word ' * 10}word\n    "),
        (("x" * 200,), "x" * 200),
    ],
)
def test_a_docstring(lines: tuple[str, ...], text: str) -> None:
    """Quotes, backslashes and long lines, as black would have them."""
    assert docstring(Doc(lines), "Said instead.", len(INDENT)) == text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_comment_makes_a_docstring(comment: str) -> None:
    """Whatever a comment holds, the class parses, and its docstring has the comment's words."""
    doc = parse_comment(comment)
    found = read_back(docstring(doc, "Nothing.", len(INDENT)))
    assert found.split() == (" ".join(doc.lines).split() or ["Nothing."])


@given(st.text(alphabet="\\\"'a \n", max_size=40))
def test_any_quotes_and_backslashes(comment: str) -> None:
    """The characters that end strings, in every order."""
    doc = parse_comment(comment)
    found = read_back(docstring(doc, "Nothing.", len(INDENT)))
    assert found.split() == (" ".join(doc.lines).split() or ["Nothing."])


# ---------------------------------------------------------------------------------------- Markdown


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("plain", "plain"),
        ("a | b", "a \\| b"),
        ("a \\| b", "a \\| b"),
        ("a \\\\| b", "a \\\\\\| b"),
        ("`x|y`", "`x\\|y`"),
        ("<b>bold</b> 1 < 2", "&lt;b>bold&lt;/b> 1 < 2"),
        ("`map<string, int>` and list<int>", "`map<string, int>` and list&lt;int>"),
        ("<!-- open", "&lt;!-- open"),
        ("an odd ` and <b>", "an odd ` and &lt;b>"),
    ],
)
def test_a_table_cell(text: str, cell: str) -> None:
    """No pipe ends the cell and no tag begins in it; code spans stay as they are."""
    assert markdown.cell(text) == cell


@pytest.mark.parametrize(
    ("lines", "block"),
    [
        (["# Heading", "## Another", "#no"], ["\\# Heading", "\\## Another", "#no"]),
        (["Underlined", "====", "or", "---"], ["Underlined", "\\====", "or", "\\---"]),
        (["- a", "- b", "  1. c"], ["- a", "- b", "  1. c"]),
        (["```python", "x < y", "<b>"], ["```python", "x < y", "<b>", "```"]),
        (["```", "# no heading", "```", "# one"], ["```", "# no heading", "```", "\\# one"]),
        (["~~~~", "~~~", "~~~~", "<b>"], ["~~~~", "~~~", "~~~~", "&lt;b>"]),
        (["Code:", "", "    map<string, int>", "    <b>"], ["Code:", "", "    map<string, int>", "    <b>"]),
        (["Text", "    <b> goes on"], ["Text", "    &lt;b> goes on"]),
        (["| a | b |", "|---|---|"], ["| a | b |", "|---|---|"]),
        ([], []),
    ],
)
def test_a_page(lines: list[str], block: list[str]) -> None:
    """Markdown stays Markdown, but headings and tags are shown and what was opened is closed."""
    assert markdown.block(lines) == block


@pytest.mark.parametrize(
    ("text", "paragraph"),
    [
        ("Takes orders.", "Takes orders."),
        ("# not a heading", "\\# not a heading"),
        ("```python no fence", "\\```python no fence"),
        ("- no list", "\\- no list"),
        ("<b>", "&lt;b>"),
    ],
)
def test_a_paragraph(text: str, paragraph: str) -> None:
    """A line stays a paragraph, whatever it begins with."""
    assert markdown.paragraph(text) == paragraph
