"""Settings: one line for each that is wrong, and no secret on any screen."""

import re
from pathlib import Path

import pytest

from tests.server.auth_service import AuthProject
from tests.server.certificate_authority import LOCALHOST, CertificateAuthority

JWT = {"AUTH_MODE": "jwt", "AUTH_ISSUER": "i", "AUTH_AUDIENCE": "a"}
TLS = {"TLS_CERT_FILE": "{cert}", "TLS_KEY_FILE": "{key}"}
OPEN = {"GRPC_HOST": "0.0.0.0"}  # only checked here, never listened on


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files that settings can name."""
    folder = tmp_path_factory.mktemp("files")
    authority = CertificateAuthority()
    one, other = (authority.issue("x", LOCALHOST).write(folder, name) for name in ("one", "other"))
    (folder / "text").write_text("hunter2\n")
    (folder / "binary").write_bytes(b"\xff\xfe\x00")
    return {
        "cert": str(one["TLS_CERT_FILE"]),
        "key": str(one["TLS_KEY_FILE"]),
        "other": str(other["TLS_KEY_FILE"]),
        "ca": str(authority.write(folder)),
        "text": str(folder / "text"),
        "binary": str(folder / "binary"),
        "missing": str(folder / "missing"),
    }


def filled(env: dict[str, str], files: dict[str, str]) -> dict[str, str]:
    """Settings with the names of files put in."""
    return {name: value.format(**files) for name, value in env.items()}


WRONG: list[tuple[dict[str, str], str]] = [
    ({"GRPC_PORT": "http"}, "GRPC_PORT=http: Input should be a valid integer, unable to parse string as an integer."),
    ({"GRPC_PORT": "70000"}, "GRPC_PORT=70000: Input should be less than or equal to 65535."),
    ({"GRPC_PORT": "1\n2"}, "GRPC_PORT=1 2: "),
    ({"HEALTH_PORT": "-1"}, "HEALTH_PORT=-1: "),
    ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL=LOUD: Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."),
    ({"COMPRESSION": "zip"}, "COMPRESSION=zip: Input should be 'none', 'gzip' or 'deflate'."),
    ({"EVENT_LOOP": "trio"}, "EVENT_LOOP=trio: Input should be 'uvloop' or 'asyncio'."),
    ({"SHUTDOWN_GRACE": "inf"}, "SHUTDOWN_GRACE=inf: Input should be a finite number."),
    ({"DEFAULT_TIMEOUT": "nan"}, "DEFAULT_TIMEOUT=nan: Input should be a finite number."),
    ({"MAX_CONNECTION_AGE": "1e9"}, "MAX_CONNECTION_AGE=1e9: Input should be less than or equal to 1000000."),
    ({"HANDSHAKE_TIMEOUT": "0"}, "HANDSHAKE_TIMEOUT=0: Input should be greater than 0."),
    ({"WORKERS": "0"}, "WORKERS=0: Input should be greater than or equal to 1."),
    (
        {"WORKERS": "2", "GRPC_HOST": "unix:/run/vault"},
        "WORKERS above 1 cannot share a socket file: set GRPC_HOST or WORKERS.",
    ),
    ({"WORKERS": "3", "METRICS_PORT": "65534"}, "METRICS_PORT=65534 leaves no port for each of 3 WORKERS."),
    ({"WORKERS": "3", "HEALTH_PORT": "65534"}, "HEALTH_PORT=65534 leaves no port for each of 3 WORKERS."),
    ({"AUTH_MODE": "password"}, "AUTH_MODE=password: Input should be 'none', 'jwt', 'api_key' or 'mtls'."),
    ({"AUTH_MODE": "jwt", "AUTH_JWKS_URL": "https://i/k"}, "AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE."),
    (JWT, "AUTH_MODE=jwt needs one of AUTH_JWKS_URL and AUTH_JWKS_FILE."),
    (
        JWT | {"AUTH_JWKS_URL": "https://i/k", "AUTH_JWKS_FILE": "{text}"},
        "AUTH_MODE=jwt needs one of AUTH_JWKS_URL and ",
    ),
    (JWT | {"AUTH_JWKS_URL": "http://i/k"}, "AUTH_JWKS_URL=http://i/k: must be an https URL."),
    (JWT | {"AUTH_JWKS_URL": "file:///etc/keys"}, "AUTH_JWKS_URL=file:///etc/keys: must be an https URL."),
    (JWT | {"AUTH_JWKS_URL": "https:"}, "AUTH_JWKS_URL=https:: must be an https URL."),
    (JWT | {"AUTH_JWKS_URL": "https://["}, "AUTH_JWKS_URL=https://[: Invalid IPv6 URL."),
    (JWT | {"AUTH_JWKS_FILE": "{text}"}, "AUTH_JWKS_FILE={text}: not a valid JSON Web Key Set."),
    (JWT | {"AUTH_JWKS_FILE": "{missing}"}, "AUTH_JWKS_FILE={missing}: Path does not point to a file."),
    ({"AUTH_ALGORITHMS": "RS256,HS256"}, "AUTH_ALGORITHMS=HS256: Input should be 'RS256'"),
    ({"AUTH_ALGORITHMS": "none"}, "AUTH_ALGORITHMS=none: Input should be 'RS256'"),
    ({"AUTH_MODE": "api_key"}, "AUTH_MODE=api_key needs API_KEYS_FILE."),
    ({"AUTH_MODE": "mtls"}, "AUTH_MODE=mtls needs CA_CERT_FILE."),
    ({"TLS_CERT_FILE": "{cert}"}, "TLS_CERT_FILE and TLS_KEY_FILE go together: set both or none."),
    ({"CA_CERT_FILE": "{ca}"}, "CA_CERT_FILE needs TLS_CERT_FILE and TLS_KEY_FILE."),
    ({"TLS_MIN_VERSION": "1.3"}, "TLS_MIN_VERSION=1.3 needs TLS_CERT_FILE and TLS_KEY_FILE."),
    ({"TLS_MIN_VERSION": "1.1"}, "TLS_MIN_VERSION=1.1: Input should be '1.2' or '1.3'."),
    (TLS | {"TLS_KEY_FILE": "{other}"}, "TLS_CERT_FILE, TLS_KEY_FILE, CA_CERT_FILE ({cert}, {other}): "),
    (TLS | {"TLS_KEY_FILE": "{text}"}, "TLS_CERT_FILE, TLS_KEY_FILE, CA_CERT_FILE ({cert}, {text}): "),
    (TLS | {"CA_CERT_FILE": "{text}"}, "TLS_CERT_FILE, TLS_KEY_FILE, CA_CERT_FILE ({cert}, {key}, {text}): "),
    (OPEN, "GRPC_HOST=0.0.0.0 would serve plaintext to other machines: set TLS_CERT_FILE and TLS_KEY_FILE, or "),
    (OPEN | TLS, "AUTH_MODE is not set, and acme.vault.v1.Vault/Open requires roles or scopes: set it "),
    (OPEN | {"ALLOW_PLAINTEXT": "true"}, "AUTH_MODE is not set, and acme.vault.v1.Vault/Open requires roles "),
    ({"DATABASE_PASSWORD": "abc"}, "DATABASE_PASSWORD: Value should have at least 4 items after validation, not 3."),
    (
        {"DATABASE_PASSWORD_FILE": "{missing}"},
        "DATABASE_PASSWORD_FILE={missing}: No such file or directory; set it to ",
    ),
    ({"DATABASE_PASSWORD_FILE": "{binary}"}, "DATABASE_PASSWORD_FILE={binary}: the file is not UTF-8 text; set it to "),
    (
        {"DATABASE_PASSWORD_FILE": "{text}", "DATABASE_PASSWORD": "hunter3"},
        "DATABASE_PASSWORD and DATABASE_PASSWORD_FILE",
    ),
]


@pytest.mark.parametrize(("env", "line"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, dict) else "")
def test_a_wrong_setting_is_one_line(
    auth_project: AuthProject, files: dict[str, str], env: dict[str, str], line: str
) -> None:
    """It names the variable, shows no secret, and the exit code is 2."""
    done = auth_project.check_config(**filled(env, files))
    assert (done.returncode, done.stdout) == (2, ""), done.said
    assert done.stderr.startswith(line.format(**files)), done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter" not in done.stderr
    assert "abc" not in done.stderr


def test_the_start_checks_the_same(auth_project: AuthProject, tmp_path: Path) -> None:
    """What ``--check-config`` refuses does not start either, with the same line."""
    log = tmp_path / "log"
    with pytest.raises(AssertionError, match="did not say"), auth_project.running(log, AUTH_MODE="mtls"):
        pass
    assert log.read_text() == "AUTH_MODE=mtls needs CA_CERT_FILE.\n"


RIGHT: list[tuple[dict[str, str], str]] = [
    ({}, "GRPC_HOST=127.0.0.1"),
    ({"GRPC_PORT": ""}, "GRPC_PORT=50051"),
    ({"REFLECTION": "false"}, "REFLECTION=false"),
    ({}, "HEALTH_PORT="),
    ({"AUTH_ALGORITHMS": "ES256, EdDSA"}, "AUTH_ALGORITHMS=ES256,EdDSA"),
    (JWT | {"AUTH_JWKS_URL": "https://i/k"}, "AUTH_JWKS_URL=https://i/k"),
    (JWT | {"AUTH_JWKS_URL": "http://localhost/k"}, "AUTH_JWKS_URL=http://localhost/k"),
    (JWT | {"AUTH_JWKS_URL": "http://i/k", "ALLOW_PLAINTEXT": "true"}, "AUTH_JWKS_URL=http://i/k"),
    (OPEN | TLS | {"AUTH_MODE": "none"}, "GRPC_HOST=0.0.0.0"),
    (OPEN | TLS | {"AUTH_MODE": "mtls", "CA_CERT_FILE": "{ca}"}, "CA_CERT_FILE={ca}"),
    (OPEN | {"ALLOW_PLAINTEXT": "true", "AUTH_MODE": "none"}, "ALLOW_PLAINTEXT=true"),
    ({"GRPC_HOST": "::1"}, "GRPC_HOST=::1"),
    ({"DATABASE_PASSWORD": "hunter2"}, "DATABASE_PASSWORD=**********"),
    ({"DATABASE_PASSWORD_FILE": "{text}"}, "DATABASE_PASSWORD=**********"),
    ({"DATABASE_PASSWORD_FILE": ""}, "DATABASE_PASSWORD="),
]


@pytest.mark.parametrize(("env", "line"), RIGHT, ids=lambda value: value if isinstance(value, str) else "")
def test_settings_are_shown(auth_project: AuthProject, files: dict[str, str], env: dict[str, str], line: str) -> None:
    """``--check-config`` prints every setting as the environment would have it, secrets masked, and ends with 0."""
    done = auth_project.check_config(**filled(env, files))
    assert done.returncode == 0, done.said
    assert line.format(**files) in done.stdout.splitlines()
    assert "hunter" not in done.said


def test_what_is_shown_can_be_set(auth_project: AuthProject) -> None:
    """The lines that are printed are good settings themselves."""
    shown = auth_project.check_config().stdout
    again = auth_project.check_config(**dict(line.split("=", 1) for line in shown.splitlines()))
    assert again.returncode == 0, again.said
    assert again.stdout == shown


def test_a_secret_comes_from_its_file(auth_project: AuthProject, files: dict[str, str]) -> None:
    """The content of the file is the secret, without the newline at its end, and its text is never the value."""
    code = (
        "from vault.runtime.settings import load\n"
        "from vault.settings import Settings\n"
        "settings = load(Settings)\n"
        "print(settings.database_password.get_secret_value(), settings)\n"
    )
    done = auth_project.python(code, DATABASE_PASSWORD_FILE=files["text"])
    value, _, text = done.stdout.partition(" ")
    assert value == "hunter2", done.said
    assert "hunter2" not in text
    assert "SecretStr('**********')" in text


def test_every_setting_is_described(auth_project: AuthProject) -> None:
    """``--help-settings`` has what ``--check-config`` prints, with the same defaults, also if some are wrong."""
    values = dict(line.split("=", 1) for line in auth_project.check_config().stdout.splitlines())
    done = auth_project.command("--help-settings", GRPC_PORT="many", AUTH_MODE="mtls")
    assert (done.returncode, done.stderr) == (0, ""), done.said
    lines = done.stdout.replace("\n      ", " ")
    described = dict(re.findall(r"^([A-Z0-9_]+): .*; (.+)$", lines, re.M))
    assert described.keys() == values.keys()
    for name, value in values.items():
        words = {"": ("optional", "default: empty")}.get(value, (f"default: {value.removesuffix('.0')}",))
        assert described[name] in words, name


def test_the_readme_has_the_first_settings(auth_project: AuthProject) -> None:
    """The generated README has a few, with their defaults, and sends to ``--help-settings`` for the others."""
    part = (auth_project.folder / "README.md").read_text().partition("\n## Settings\n")[2]
    rows = re.findall(r"^\| `([A-Z_]+)` \| `(.+?)` \|", part, re.M)
    values = dict(line.split("=", 1) for line in auth_project.check_config().stdout.splitlines())
    assert 0 < len(rows) < 10
    assert dict(rows) == {name: values[name].removesuffix(".0") for name, _ in rows}
    assert "python -m vault --help-settings" in part
