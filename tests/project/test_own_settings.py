"""Settings of the owner's, and settings that a newer generator adds, go into the same file without colliding."""

from tests.project.kit import CART, CLEAR, House

SETTINGS = "src/shop/settings.py"
LAST = '''    shutdown_grace: float = Field(default=20.0, ge=0)
    """Seconds that calls in flight may take to finish once the service stops."""
'''
MARK = "    # Your own settings follow: what is generated stays above this line, so they never collide.\n"
OWN = '''    database: str = ""
    """Where carts are kept."""
'''


def test_own_settings_stand_below_the_mark(house: House) -> None:
    """An owner who writes below it gets each setting that joins the generated ones, and no conflict."""
    for path in (SETTINGS, f".pyservice/pristine/{SETTINGS}"):
        house.edit(path, LAST + MARK, MARK)
    house.edit(SETTINGS, MARK, MARK + OWN)
    house.proto(CART, CLEAR)
    assert "conflict" not in house.generate().said
    assert LAST + MARK + OWN in house.text(SETTINGS)
