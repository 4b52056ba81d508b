"""Settings of the owner's, and settings that a newer generator adds, go into the same file without colliding."""

from tests.project.kit import CART, CLEAR, House

SETTINGS = "src/shop/settings.py"
NEW = '''    event_loop: Literal["uvloop", "asyncio"] = "uvloop"
    """What runs the service; uvloop needs less CPU per call, where it installs."""
'''
LAST = '''    shutdown_grace: float = Field(default=20.0, ge=0)
    """Seconds that calls in flight may take to finish once the service stops."""
'''
OWN = '''    database: str = ""
    """Where carts are kept."""
'''


def test_own_settings_stand_behind_the_last_one(house: House) -> None:
    """An owner who writes below the others gets each setting that joins the generated ones, and no conflict."""
    for path in (SETTINGS, f".pyservice/pristine/{SETTINGS}"):
        house.edit(path, NEW, "")
    house.edit(SETTINGS, LAST, LAST + OWN)
    house.proto(CART, CLEAR)
    assert "conflict" not in house.generate().said
    text = house.text(SETTINGS)
    assert NEW in text
    assert LAST + OWN in text
