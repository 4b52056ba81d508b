"""DATABASE_URL: what is taken, and that no refusal repeats it."""

import pytest

from securedata.runtime.settings import SettingsError, load
from securedata.settings import Settings


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://localhost",
        "postgresql://user:password@localhost",
        "postgres://user:p%40ss@localhost:5433/name?sslmode=verify-full",
        "postgresql:///name?host=/var/run/postgresql",
    ],
)
def test_an_address_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """All that libpq knows; the value is a secret."""
    monkeypatch.setenv("DATABASE_URL", url)
    settings = load(Settings)
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == url
    assert url not in f"{settings!r} {settings.model_dump(mode='json')}"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://a:secret@localhost/a", "it has to begin with postgresql://"),
        ("host=localhost password=secret", "it has to begin with postgresql://"),
        ("postgresql://a:more@secret@localhost/a", "write @, :, /, ? and # in a password as"),
        ("postgresql://a:more/secret@localhost/a", "write @, :, /, ? and # in a password as"),
        ("postgresql://a:more?secret@localhost/a", "write @, :, /, ? and # in a password as"),
        ("postgresql://a:more#secret@localhost/a", "write @, :, /, ? and # in a password as"),
    ],
)
def test_what_could_be_misread_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    """A password that is half taken for a host would end up in an error of the driver."""
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    assert str(caught.value).startswith(f"DATABASE_URL: {words}")
    assert "secret" not in str(caught.value)
