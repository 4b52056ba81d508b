"""What render.py and compose.yaml make out of settings: Envoy takes it, and wrong ones are named."""

import difflib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.deploy.gateway import envoy
from tests.deploy.library import PROTO, Library, generate
from tests.support.cases import CASES, load_case
from tests.support.command import run
from tests.support.projects import Projects

CA = "tests/__init__.py"
"""Some file: what is in it does not matter here."""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"GATEWAY_HOST": "0.0.0.0"}, "GATEWAY_HOST=0.0.0.0 would serve plaintext to other machines"),
        ({"GATEWAY_PORT": "http"}, "GATEWAY_PORT=http"),
        ({"GATEWAY_TLS_CERT_FILE": CA}, "GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE go together"),
        ({"AUTH_MODE": "jwt", "AUTH_JWKS_URL": "https://i/k"}, "AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE"),
        ({"AUTH_MODE": "mtls", "CA_CERT_FILE": CA, "TLS_CERT_FILE": CA, "TLS_KEY_FILE": CA}, "end at the gateway"),
    ],
    ids=["plaintext", "port", "half a pair", "half of jwt", "mtls"],
)
def test_a_wrong_setting_is_named(library: Library, settings: dict[str, str], words: str) -> None:
    """render.py writes nothing then, says which variable it is, and ends with 2."""
    done = library.rendered(**settings)
    assert (done.returncode, done.stdout) == (2, ""), done.said
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


VALID: dict[str, dict[str, object]] = {
    "nothing": {},
    "keys from an address": {
        "AUTH_MODE": "jwt",
        "AUTH_ISSUER": 'https://issuer.example/"quoted"',
        "AUTH_AUDIENCE": "library",
        "AUTH_JWKS_URL": "https://issuer.example/keys",
    },
    "instances": {"GATEWAY_UPSTREAMS": "library, [::1]:50051,10.0.0.1:50052", "DEFAULT_TIMEOUT": "0"},
    "beyond this machine": {"GATEWAY_HOST": "0.0.0.0", "ALLOW_PLAINTEXT": "true"},
}


@pytest.mark.parametrize("settings", VALID.values(), ids=VALID)
def test_envoy_finds_it_valid(library: Library, tmp_path: Path, settings: dict[str, object]) -> None:
    """What render.py writes passes `envoy --mode validate`, without a warning."""
    done = library.rendered(**settings)
    assert done.returncode == 0, done.said
    (tmp_path / "envoy.yaml").write_text(done.stdout)
    checked = run([envoy(), "--mode", "validate", "-l", "warning", "-c", "envoy.yaml"], tmp_path)
    assert checked.returncode == 0, checked.said
    assert "warning" not in checked.stderr, checked.said


AWKWARD = ("module_member_names", "no_package", "edition_2024", "google_api_annotations", "message_method_fields")


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_protos_are_valid_too(projects: Projects, name: str, tmp_path: Path) -> None:
    """A message called DESCRIPTOR, no package, the newest edition, and what public APIs declare."""
    project = Library(projects[load_case(CASES / name)].folder)
    done = project.rendered()
    assert done.returncode == 0, done.said
    (tmp_path / "envoy.yaml").write_text(done.stdout)
    checked = run([envoy(), "--mode", "validate", "-l", "warning", "-c", "envoy.yaml"], tmp_path)
    assert checked.returncode == 0, checked.said


def test_every_setting_is_documented(library: Library) -> None:
    """The variables of render.py are those in the README."""
    source = (library.folder / "deploy" / "envoy" / "render.py").read_text()
    declared = {name.upper() for name in re.findall(r"^    (gateway_\w+): ", source, re.M)}
    readme = (library.folder / "README.md").read_text()
    assert set(re.findall(r"^\| `(GATEWAY_\w+)`", readme, re.M)) == declared
    assert len(declared) == 11


def test_only_routes_follow_the_protos(tmp_path: Path) -> None:
    """A service and a policy more: envoy.yaml gets their routes, and nothing else in these folders changes."""
    library = generate(tmp_path / "library")
    before = deployed(library)
    proto = PROTO.read_text()
    proto = proto.replace("message Book {", "service Desk {\n  rpc Ring(Book) returns (Book);\n}\n\nmessage Book {")
    proto = proto.replace("FailRequest) returns (google.protobuf.Empty);", f"FailRequest) returns ({_TIMED}")
    (library.folder / "proto" / PROTO.name).write_text(proto)
    done = run(["pyservice", "generate"], library.folder)
    assert done.returncode == 0, done.said
    after = deployed(library)
    changed = [path for path in after if after[path] != before[path]]
    assert (after.keys(), changed) == (before.keys(), ["deploy/envoy/envoy.yaml"])
    old, new = (each["deploy/envoy/envoy.yaml"].decode().splitlines() for each in (before, after))
    diff = difflib.ndiff(old, new)
    lines = (" ".join(line.split()) for line in diff if line.startswith(("+", "-")))
    assert sorted(lines) == [
        '+ - "acme.library.v1.Desk"',
        "+ - match: {path: /acme.library.v1.Library/Fail, headers: *grpc}",
        "+ - match: {prefix: /acme.library.v1.Desk/, headers: *grpc}",
        "+ cluster: service",
        "+ route:",
        "+ route: {cluster: service, timeout: ${timeout}}",
        "+ timeout: 8s",
    ]


_TIMED = "google.protobuf.Empty) {\n    option (pyservice.v1.method) = {timeout: 7};\n  }"


def deployed(library: Library) -> dict[str, bytes]:
    """The files in deploy/envoy and deploy/monitoring."""
    folders = (library.folder / "deploy" / name for name in ("envoy", "monitoring"))
    files = (path for folder in folders for path in sorted(folder.iterdir()))
    return {path.relative_to(library.folder).as_posix(): path.read_bytes() for path in files}


def test_compose_has_it_too(library: Library, tmp_path: Path) -> None:
    """With its profile, Envoy starts with a configuration made out of the settings that the service has there."""
    services = yaml.safe_load((library.folder / "compose.yaml").read_text())["services"]
    made, started = services["gateway"], services["envoy"]
    assert made["profiles"] == started["profiles"] == ["envoy"]
    assert services["service"]["environment"].items() <= made["environment"].items()
    assert made["build"] == services["service"]["build"]
    # The same without containers: the folders that it sees, and the Python of the image.
    folders = {"/envoy": str(library.folder / "deploy" / "envoy"), "/gateway": str(tmp_path)}
    assert [volume.split(":")[1] for volume in made["volumes"]] == list(folders)
    python, *words = (_mapped(word, folders) for word in made["entrypoint"])
    assert python == "/usr/bin/python3.13"
    done = run([sys.executable, *words], tmp_path, {**library.env(), **made["environment"]})
    assert done.returncode == 0, done.said
    arguments = [_mapped(word, folders) for word in started["command"]]
    assert '"service"' in (tmp_path / "envoy.yaml").read_text()
    done = run([envoy(), "--mode", "validate", *arguments], tmp_path)
    assert done.returncode == 0, done.said


def _mapped(word: str, folders: Mapping[str, str]) -> str:
    for there, here in folders.items():
        word = re.sub(rf"^{there}/", f"{here}/", word)
    return word
