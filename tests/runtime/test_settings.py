"""The settings of a service: how they are described, and what is said of those that are wrong."""

import enum
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NewType

import pytest
from pydantic import AliasChoices, BaseModel, DirectoryPath, Field, PositiveInt, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

import pyservice_runtime
from pyservice_runtime.server import run
from pyservice_runtime.settings import ServiceSettings, SettingsError, help, load
from pyservice_runtime.settings.help import Setting, described, settings_help
from pyservice_runtime.settings.loading import format_settings

from .probe.__main__ import application
from .probe_service import PACKAGE, registry

REQUIRED = {"NAME": "n", "TOKEN": "hunter2"}


Password = NewType("Password", SecretStr)


class Color(enum.Enum):
    """Choices."""

    RED = "red"
    BLUE = "blue"


class Login(BaseModel):
    """Several values in one variable."""

    user: str = "ada"
    password: SecretStr = SecretStr("hunter2")


class Host(BaseModel):
    """Several values in one variable, none of them a secret."""

    name: str = "a"
    port: int = 1


def _of_another(values: Mapping[str, Any]) -> str:
    return str(values["name"])


class Own(ServiceSettings):
    """Settings as a project adds them."""

    name: str
    """A text
    of two lines, with ``code``.

    What else there is to say.
    """
    token: SecretStr
    """A secret."""
    old_token: SecretStr | None = None
    fallback: SecretStr = SecretStr("hunter2")
    login: Login = Field(default_factory=Login, description="A login.")
    host: Host = Field(default_factory=Host)
    hosts: list[str] = Field(default_factory=lambda: ["a"])
    names: Annotated[list[str], NoDecode] = Field(default_factory=lambda: ["a", "b"])
    pairs: dict[str, int] = Field(default_factory=dict)
    anything: list = Field(default_factory=list)  # type: ignore[type-arg]
    flag: bool = False
    ratio: float | None = None
    half: Annotated[float, Field(ge=0, lt=1)] | None = 0.5
    count: PositiveInt = 3
    mode: Literal["fast"] | int = "fast"
    size: int = Field(default=1, le=5)
    folder: DirectoryPath = Path("/")
    file: Path | None = None
    color: Color = Color.RED
    pause: timedelta = timedelta(seconds=5)
    raw: Any = ""
    password: Password | None = None
    unknown: str = Field(default_factory=_of_another)
    aliased: int = Field(default=1, validation_alias=AliasChoices("OTHER", "ANOTHER"))
    grpc_port: int = Field(default=6000, ge=0, le=65535)


OWN_TYPES = {
    "NAME": ("text", "required"),
    "TOKEN": ("secret", "required"),
    "OLD_TOKEN": ("secret", "optional"),
    "FALLBACK": ("secret", "default: not shown"),
    "LOGIN": ("JSON object with user, password", "default: not shown"),
    "HOST": ("JSON object with name, port", 'default: {"name": "a", "port": 1}'),
    "HOSTS": ("JSON list of text", 'default: ["a"]'),
    "NAMES": ("list of text", "default: a,b"),
    "PAIRS": ("JSON object", "default: {}"),
    "ANYTHING": ("JSON list", "default: []"),
    "FLAG": ("true or false", "default: false"),
    "RATIO": ("number", "optional"),
    "HALF": ("number at least 0 and below 1", "default: 0.5"),
    "COUNT": ("integer above 0", "default: 3"),
    "MODE": ("fast or integer", "default: fast"),
    "SIZE": ("integer at most 5", "default: 1"),
    "FOLDER": ("path of a folder", "default: /"),
    "FILE": ("path", "optional"),
    "COLOR": ("red or blue", "default: red"),
    "PAUSE": ("seconds, or a duration of ISO 8601", "default: PT5S"),
    "RAW": ("text", "default: empty"),
    "PASSWORD": ("secret", "optional"),
    "UNKNOWN": ("text", "default: computed at start"),
    "OTHER": ("integer", "default: 1"),
}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of the process that tests run in do not count."""
    for name in (*Own.model_fields, "other", "another"):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def settings_of(cls: type[BaseSettings]) -> dict[str, Setting]:
    """The descriptions, by their variables, in order."""
    return {setting.variable: setting for setting in described(cls)}


# ------------------------------------------------------------------------------------- description


def test_types_and_defaults_are_in_plain_words() -> None:
    """The settings of the project come first, and no secret is shown."""
    settings = settings_of(Own)
    own = list(settings)[: len(OWN_TYPES)]
    assert {name: (settings[name].type, settings[name].default) for name in own} == OWN_TYPES
    assert own == list(OWN_TYPES)
    assert {settings[name].group for name in own} == {"This service"}
    assert "hunter2" not in settings_help("orders", Own)


def test_texts_are_those_of_the_declarations() -> None:
    """A docstring or a description; that of the server's setting remains if only its default changes."""
    settings = settings_of(Own)
    assert settings["NAME"].text == "A text of two lines, with ``code``."
    assert settings["TOKEN"].text == "A secret."
    assert settings["LOGIN"].text == "A login."
    assert settings["HOST"].text == ""
    assert (settings["GRPC_PORT"].default, settings["GRPC_PORT"].type) == ("default: 6000", "integer from 0 to 65535")
    assert settings["GRPC_PORT"].text == settings_of(ServiceSettings)["GRPC_PORT"].text != ""


def test_a_subclass_has_the_last_word() -> None:
    """Also where the class is inside a function, has a prefix, or its source cannot be read."""

    class Local(Own):
        """Settings."""

        model_config = SettingsConfigDict(env_prefix="APP_")
        text: str = """
a text at the beginning of a line"""
        """Is local."""
        name: str = "x"
        """Another name."""

    settings = settings_of(Local)
    assert settings["APP_TEXT"].text == "Is local."
    assert settings["APP_NAME"].text == "Another name."
    assert settings["APP_TOKEN"].text == "A secret."
    assert settings["OTHER"].type == "integer"
    unread = type("Unread", (Own,), {"__module__": "nowhere", "__annotations__": {"more": int}, "more": 1})
    assert settings_of(unread)["MORE"].text == ""
    assert settings_of(unread)["TOKEN"].text == "A secret."


def test_other_settings_are_described_too() -> None:
    """A class that has nothing of the server's: all are its own."""

    class Gateway(BaseSettings):
        """Settings."""

        gateway_port: int = 8080
        """The port."""

    assert list(described(Gateway)) == [
        Setting("This service", "GATEWAY_PORT", "integer", "default: 8080", "The port.")
    ]
    assert load(Gateway).gateway_port == 8080


SERVER = list(described(ServiceSettings))


def test_every_setting_is_in_a_group() -> None:
    """A title is that of one group, whose settings follow each other."""
    titles = [setting.group for setting in SERVER]
    assert "This service" not in titles
    assert list(dict.fromkeys(titles)) == list(help._GROUPS.values())
    assert sum(one != other for one, other in pairwise(titles)) == len(help._GROUPS) - 1


@pytest.mark.parametrize("setting", SERVER, ids=lambda setting: setting.variable)
def test_every_setting_has_a_text(setting: Setting) -> None:
    """It is a sentence or two, and names the unit of a number."""
    assert re.fullmatch(r"[`A-Z].{10,150}\.", setting.text)
    if re.match("number|integer", setting.type):
        assert re.search(r"\b(seconds|bytes|port|connections|calls|processes)\b", setting.text, re.IGNORECASE)


# ----------------------------------------------------------------------------------------- command


def help_of(monkeypatch: pytest.MonkeyPatch, settings: type[ServiceSettings]) -> int:
    """Run the command with ``--help-settings``; the exit code."""
    monkeypatch.setattr(sys, "argv", ["service", "--help-settings"])
    return run(registry(), settings, application)


def test_the_command_needs_no_valid_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Required settings are missing and others are wrong; the text fits a terminal."""
    monkeypatch.setenv("GRPC_PORT", "many")
    monkeypatch.setenv("AUTH_MODE", "jwt")
    assert help_of(monkeypatch, Own) == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == (settings_help(PACKAGE, Own) + "\n", "")
    lines = output.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[4:9] == [
        "This service",
        "------------",
        "NAME: text; required",
        "    A text of two lines, with code.",
        "TOKEN: secret; required",
    ]
    assert lines.index("TOKEN: secret; required") < lines.index("Address and TLS") < lines.index("Shutdown")


def test_the_reader_may_stop_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `head` does: what is not read is lost, without an error."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert help_of(monkeypatch, Own) == 0


def test_a_process_prints_it() -> None:
    """Whole into a pipe, and without a word into one that is closed."""
    folders = Path(pyservice_runtime.__path__[0]).parent, Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "WORKERS": "none"}
    command = [sys.executable, "-m", PACKAGE, "--help-settings"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(settings_help(PACKAGE, ServiceSettings) + "\n")
    reader, writer = os.pipe()
    os.close(reader)
    # The program of the probe prints its process id first, which would be what fails.
    code = "import sys; from tests.runtime.probe.__main__ import *; sys.exit(run(registry(), ServiceSettings, application))"
    command = [sys.executable, "-c", code, "--help-settings"]
    closed = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (closed.returncode, closed.stderr) == (0, "")


# ------------------------------------------------------------------------------------------ errors

WRONG: list[tuple[dict[str, str], list[str]]] = [
    (
        {},
        [
            "NAME is not set, and has no default: set it; --help-settings describes it.",
            "TOKEN is not set, and has no default: set it, or TOKEN_FILE to the path of a file that holds it; "
            "--help-settings describes it.",
        ],
    ),
    ({**REQUIRED, "NAME": " "}, ["NAME is empty, and has no default: set it; --help-settings describes it."]),
    (
        {"NAME": "n", "TOKENS": "hunter2"},
        [
            "TOKEN is not set, and has no default: set it, or TOKEN_FILE to the path of a file that holds it "
            "(TOKENS is set: is it misspelt?); --help-settings describes it."
        ],
    ),
    (
        {"NAME": "n", "TOKEN_FILE": "/nowhere"},
        ["TOKEN_FILE=/nowhere: No such file or directory; set it to the path of a file that holds the secret."],
    ),
    (
        {**REQUIRED, "FLAG": "maybe", "GRPC_PORT": "many", "LOG_LEVEL": "LOUD"},
        [
            "GRPC_PORT=many: Input should be a valid integer, unable to parse string as an integer.",
            "LOG_LEVEL=LOUD: Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'.",
            "FLAG=maybe: Input should be true or false.",
        ],
    ),
    (
        {**REQUIRED, "AUTH_MODE": "jwt", "GRPC_HOST": "a.example", "CA_CERT_FILE": __file__},
        [
            "CA_CERT_FILE needs TLS_CERT_FILE and TLS_KEY_FILE.",
            "GRPC_HOST=a.example would serve plaintext to other machines: set TLS_CERT_FILE and TLS_KEY_FILE, "
            "or ALLOW_PLAINTEXT=true if a mesh or proxy encrypts.",
            "AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE.",
            "AUTH_MODE=jwt needs one of AUTH_JWKS_URL and AUTH_JWKS_FILE.",
        ],
    ),
    ({**REQUIRED, "HOSTS": "a,b"}, ['HOSTS=a,b: Input should be a JSON list, such as ["a", "b"].']),
    ({**REQUIRED, "PAIRS": "a=1"}, ['PAIRS=a=1: Input should be a JSON object, such as {"a": 1}.']),
    ({**REQUIRED, "HOST": '{"port": "x"}'}, ["HOST=x: port: Input should be a valid integer"]),
    ({**REQUIRED, "LOGIN": '{"password": 5, "user": 6}'}, ["LOGIN: user: Input", "LOGIN: password: Input"]),
    ({**REQUIRED, "ANOTHER": "x"}, ["OTHER=x: Input should be a valid integer"]),
]


@pytest.mark.parametrize(("variables", "problems"), WRONG, ids=lambda value: " ".join(value) or "nothing")
def test_all_that_is_wrong_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problems: list[str]
) -> None:
    """A line for each setting names its variable, its value, the problem and a way out; no secret is in it."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load(Own)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(problems), lines
    assert all(line.startswith(problem) for line, problem in zip(lines, problems, strict=True)), lines
    assert "hunter2" not in str(caught.value)


def test_whitespace_around_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is removed, but not from secrets; a value of nothing else counts as unset."""
    variables = {"NAME": " n ", "TOKEN": " t ", "LOG_LEVEL": "DEBUG ", "FLAG": " true", "GRPC_PORT": "  ", "RATIO": ""}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load(Own)
    assert (settings.name, settings.token.get_secret_value()) == ("n", " t ")
    assert (settings.log_level, settings.flag, settings.grpc_port, settings.ratio) == ("DEBUG", True, 6000, None)


class Filed(ServiceSettings):
    """A secret with another name, and one with several types."""

    key: SecretStr = Field(validation_alias="OTHER")
    port: int | list[int] = 1


def test_values_that_are_shown_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lists and objects are JSON, as they are read; the file of a secret is named like its variable."""
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    lines = dict(line.split("=", 1) for line in format_settings(load(Own)))
    assert (lines["HOSTS"], lines["NAMES"], lines["OTHER"]) == ('["a"]', "a,b", "1")
    assert "hunter2" not in "".join(lines.values())
    monkeypatch.setenv("HOSTS", '["b"]')
    assert load(Own).hosts == ["b"]
    (tmp_path / "key").write_text("secret\n")
    monkeypatch.setenv("OTHER_FILE", str(tmp_path / "key"))
    assert load(Filed).key.get_secret_value() == "secret"


# --------------------------------------------------------------------------------------- conflicts


class Allowed(ServiceSettings):
    """Other defaults of the server's settings, required ones, and fewer values."""

    default_timeout: float = Field(default=5, gt=0)
    auth_mode: Literal["jwt", "mtls"] = "jwt"
    auth_issuer: str
    ca_cert_file: Path
    log_format: Literal["console"] = "console"


class OtherType(ServiceSettings):
    """A setting of the server with another type."""

    workers: str = "many"  # type: ignore[assignment]
    tls_min_version: str = "1.3"  # type: ignore[assignment]


class SameVariable(ServiceSettings):
    """Two settings that would be read from one variable, and a secret whose file is another setting."""

    port: int = Field(default=1, validation_alias="GRPC_PORT")
    tls_cert: SecretStr | None = None


CONFLICTS = {
    OtherType: [
        "tls_min_version is a setting of the server, of another type (1.2 or 1.3): "
        "rename yours, or keep the type to change the default only.",
        "workers is a setting of the server, of another type (integer from 1 to 256): "
        "rename yours, or keep the type to change the default only.",
    ],
    SameVariable: [
        "port and grpc_port are both read from GRPC_PORT: rename one.",
        "the file of the secret tls_cert would be TLS_CERT_FILE, which is the variable of tls_cert_file: rename one.",
    ],
}


@pytest.mark.parametrize("cls", CONFLICTS, ids=lambda cls: cls.__name__)
def test_a_setting_in_conflict_is_refused(cls: type[ServiceSettings]) -> None:
    """One sentence names the class, the setting and the way out."""
    with pytest.raises(SettingsError) as caught:
        load(cls)
    assert str(caught.value).splitlines() == [f"{__name__}.{cls.__name__}: {line}" for line in CONFLICTS[cls]]


def test_an_attribute_in_conflict_is_refused() -> None:
    """What the server works out of its settings is not to be read from a variable."""
    with pytest.warns(UserWarning, match="shadows an attribute"):

        class Shadow(ServiceSettings):
            """Settings."""

            is_loopback: bool = True

    problem = r"Shadow: is_loopback is an attribute of ServiceSettings, which the server reads: rename yours\."
    with pytest.raises(SettingsError, match=problem):
        load(Shadow)


def test_defaults_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may also be required, or have fewer values: the server can work with all of them."""
    with pytest.raises(SettingsError) as caught:
        load(Allowed)
    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["CA_CERT_FILE", "AUTH_ISSUER"]
