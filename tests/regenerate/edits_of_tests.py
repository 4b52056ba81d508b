"""Edits that the user makes in files with tests."""

from dataclasses import dataclass

from tests.regenerate.contract_edits import pick
from tests.regenerate.text import functions, margin, span
from tests.regenerate.user import Edit, User


@dataclass(frozen=True)
class DeleteTest(Edit):
    """A test function that the user takes out."""

    file: int
    test: int

    def make(self, user: User) -> None:
        paths = user.tests()
        if not paths:
            return
        path = pick(paths, self.file)
        text = user.open(path)
        tree = text.tree()
        if tree is not None and functions(tree.body):
            first, last = span(pick(functions(tree.body), self.test))
            del text.lines[first:last]
            user.save(path, text)


@dataclass(frozen=True)
class WriteTest(Edit):
    """A test that says what is to be answered."""

    file: int
    test: int

    def make(self, user: User) -> None:
        paths = user.tests()
        if not paths:
            return
        path = pick(paths, self.file)
        text = user.open(path)
        tree = text.tree()
        if tree is not None and functions(tree.body):
            node = pick(functions(tree.body), self.test)
            indent = margin(text.lines[node.body[-1].lineno - 1])
            text.lines.insert(span(node)[1], f"{indent}assert True  # {user.mark()}")
            user.save(path, text)
