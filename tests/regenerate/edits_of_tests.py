"""Edits that a person makes in files with tests."""

from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.person import Edit, Person
from tests.regenerate.text import functions, margin, span


@dataclass(frozen=True)
class DeleteTest(Edit):
    """A test function that its owner takes out."""

    file: int
    test: int

    def make(self, person: Person) -> None:
        paths = person.tests()
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        tree = text.tree()
        if tree is not None and functions(tree.body):
            first, last = span(pick(functions(tree.body), self.test))
            del text.lines[first:last]
            person.save(path, text)


@dataclass(frozen=True)
class WriteTest(Edit):
    """A test that says what is to be answered."""

    file: int
    test: int

    def make(self, person: Person) -> None:
        paths = person.tests()
        if not paths:
            return
        path = pick(paths, self.file)
        text = person.open(path)
        tree = text.tree()
        if tree is not None and functions(tree.body):
            node = pick(functions(tree.body), self.test)
            indent = margin(text.lines[node.body[-1].lineno - 1])
            text.lines.insert(span(node)[1], f"{indent}assert True  # {person.mark()}")
            person.save(path, text)
