"""One run at a time in a project."""

import threading
from pathlib import Path

from protoc_gen_pyservice.outputs.project_lock import project_lock
from tests.project.harness import CART, Project, proto


def test_runs_wait_for_each_other(tmp_path: Path) -> None:
    """While one run has a project, another one waits until it is done."""
    order: list[str] = []

    def second() -> None:
        with project_lock(str(tmp_path)):
            order.append("second")

    with project_lock(str(tmp_path)):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.1)
        order.append("first")
    waiting.join(5)
    assert order == ["first", "second"]


def test_two_commands_at_once(project: Project) -> None:
    """Two commands in the same project at the same time leave what one leaves."""
    project.proto(CART, proto("Cart", "Add", "Clear"))
    threads = [threading.Thread(target=project.pyservice, args=("generate",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert project.generate("--check").returncode == 0
    assert project.text("src/shop/handlers/cart.py").count("async def clear") == 1
