"""Settings of the user's are in a file of their own, which the generator wrote once."""

from tests.project.harness import CART, CLEAR, Project
from tests.support.command import run

SETTINGS = "src/shop/settings.py"
CLASS = '    """The settings of one process."""\n'
OWN = '''
    database: str = ""
    """Where carts are kept."""
    grpc_port: int = 6000
'''


def test_settings_of_the_users_come_first(project: Project) -> None:
    """They are read beside those of the server, override what they name, and no run touches their file."""
    project.edit(SETTINGS, CLASS, CLASS + OWN)
    before = project.text(SETTINGS)
    project.proto(CART, CLEAR)
    assert "conflict" not in project.generate().said
    assert project.text(SETTINGS) == before
    show = run(["python", "-m", "shop", "--check-config"], project.folder, {"PYTHONPATH": "src", "DATABASE": "carts"})
    assert {"GRPC_PORT=6000", "METRICS_PORT=9090", "DATABASE=carts"} <= set(show.stdout.splitlines()), show.said
