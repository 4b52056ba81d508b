"""`pyservice new` makes a project that runs, or nothing."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.copier.harness import GIT, git, new
from tests.support.command import run, scripts
from tests.support.own_tests import own_tests

KINDS = {
    "unary": "rpc Greet(GreetRequest) returns (GreetResponse);",
    "server_stream": "returns (stream WatchPriceResponse);",
    "client_stream": "rpc RecordReadings(stream RecordReadingsRequest) returns (RecordReadingsResponse);",
    "both_streams": "rpc Translate(stream TranslateRequest) returns (stream TranslateResponse);",
}


def test_a_new_project_is_whole_and_settled(tmp_path: Path) -> None:
    """With nothing but a folder it is generated, committed, and nothing is left to generate."""
    said = new(tmp_path, "my-shop", "--defaults").stderr
    shop = tmp_path / "my-shop"
    assert git(shop, "status", "--porcelain") == ""
    assert git(shop, "log", "--format=%s").startswith("Generate with protoc-gen-pyservice")
    assert (shop / "src" / "my_shop" / "handlers" / "greeter.py").is_file()
    assert not (shop / ".copier-answers.yml").exists()
    done = run([scripts() / "pyservice", "generate", "--check"], shop)
    assert done.returncode == 0, done.said
    assert said.endswith(
        "\nNext, in my-shop:\n"
        "  make run         serves it on 127.0.0.1:50051; make test runs its tests\n"
        "  write the logic  in src/my_shop/handlers/greeter.py\n"
        "  make generate    after each edit of proto/my_shop/v1/my_shop.proto\n"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_starter_has_its_kind_of_call(tmp_path: Path, kind: str) -> None:
    """Each of the four kinds of RPC can be started from."""
    new(tmp_path, "shop", "--defaults", "--no-git", "--data", f"start={kind}", "--data", "deploy=[]")
    assert KINDS[kind] in (tmp_path / "shop" / "proto" / "shop" / "v1" / "shop.proto").read_text()


def test_the_order_book_comes_with_its_logic_and_tests(tmp_path: Path) -> None:
    """The example works under a name of the user's, and every RPC of it is written."""
    new(tmp_path, "exchange", "--defaults", "--no-git", "--data", "start=orderbook", "--data", "deploy=[]")
    done = own_tests(tmp_path / "exchange", "tests/handlers")
    assert done.returncode == 0, done.said
    assert "skipped" not in done.stdout
    assert not (tmp_path / "exchange" / "src" / "trading").exists()


def test_a_proto_of_ones_own_comes_with_its_imports(tmp_path: Path) -> None:
    """The proto root is found by the package, and what it imports from there is copied along."""
    protos = tmp_path / "protos" / "acme"
    (protos / "orders" / "v1").mkdir(parents=True)
    (protos / "money.proto").write_text('syntax = "proto3";\npackage acme;\nmessage Money { int64 units = 1; }\n')
    (protos / "orders" / "v1" / "orders.proto").write_text(
        'syntax = "proto3";\npackage acme.orders.v1;\nimport "acme/money.proto";\nimport "google/api/annotations.proto";\n'
        "service Orders { rpc Pay(acme.Money) returns (acme.Money); }\n"
    )
    new(tmp_path, "orders", "--no-git", "--defaults", "--proto", "protos/acme/orders/v1/orders.proto")
    copies = sorted(str(path.relative_to(tmp_path / "orders")) for path in (tmp_path / "orders").rglob("*.proto"))
    assert [path for path in copies if not path.startswith(".pyservice")] == [
        "proto/acme/money.proto",
        "proto/acme/orders/v1/orders.proto",
    ]
    assert 'protos = ["acme/orders/v1/orders.proto"]' in (tmp_path / "orders" / "pyservice.toml").read_text()


def test_a_proto_of_ones_own_finds_our_options(tmp_path: Path) -> None:
    """A proto can import the options without a copy beside it, because the generator adds them."""
    (tmp_path / "notes.proto").write_text(
        'syntax = "proto3";\npackage notes;\nimport "pyservice/v1/options.proto";\nmessage Note {}\n'
        "service Notes { rpc Put(Note) returns (Note) { option (pyservice.v1.method) = { audit: true }; } }\n"
    )
    new(tmp_path, "notes", "--no-git", "--defaults", "--proto", "notes.proto")
    assert (tmp_path / "notes" / "proto" / "pyservice" / "v1" / "options.proto").is_file()
    assert "audit=True" in (tmp_path / "notes" / "src" / "notes" / "gen" / "registry.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--data", "package=email"), "that package would hide another module; try package=email_service."),
        (("--data", "package=jwt"), "that package would hide another module; try package=jwt_service."),
        (
            ("--data", "name=Redis"),
            "the project would be installed in place of a library or tool of that name; try name=Redis-service.",
        ),
        (("--data", "package=9"), "use lower-case letters, digits and underscores, and start with a letter."),
        (("--data", "name=a b"), "use letters, digits, dashes and underscores, and start with a letter."),
        (("--data", "nmae=shop"), "unknown question 'nmae': the questions are name, package,"),
        (("--data", "name"), "--data name is not possible: write --data name=VALUE."),
        (("--data", "auth=magic"), "'magic' is not in ['none', 'jwt', 'api_key', 'mtls']."),
        (("--data-file", "missing.yml"), "--data-file missing.yml cannot be read ("),
        (("--proto", "missing.proto"), "the file does not exist."),
        (("--proto", "broken.proto"), "the protos do not compile (see above): correct them and run this again."),
        (
            ("--proto", "lost.proto"),
            "lost.proto imports nowhere.proto, but no folder above it has all of them: run protoc",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """What is refused is refused before anything lies around."""
    (tmp_path / "broken.proto").write_text('syntax = "proto3";\nservice {')
    (tmp_path / "lost.proto").write_text('syntax = "proto3";\nimport "nowhere.proto";\n')
    said = new(tmp_path, "shop", "--defaults", *arguments, expect=2).stderr
    assert sentence in said.splitlines()[-1]
    assert said.splitlines()[-1].startswith("pyservice: ")
    assert not (tmp_path / "shop").exists()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing of anybody's is mixed with a new project, or lost to a failed one."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    said = new(tmp_path, "full", "--defaults", expect=2).stderr
    assert said == "pyservice: full is not empty: name a new or an empty folder.\n"
    assert (tmp_path / "full" / "file").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    new(tmp_path, "empty", "--defaults", "--data", "package=9", expect=2)
    assert list((tmp_path / "empty").iterdir()) == []


def test_without_a_terminal_answers_are_required(tmp_path: Path) -> None:
    """A script that forgets the answers hears which flags give them."""
    said = new(tmp_path, "shop", expect=2).stderr
    assert "cannot ask questions without a terminal: give --defaults, --data KEY=VALUE or --data-file FILE." in said


def test_answers_come_from_a_file(tmp_path: Path) -> None:
    """A file answers, --data beside it wins, and the report can be read by a program."""
    (tmp_path / "answers.yml").write_text("name: Web-Shop\ndeploy: [container]\nci: true\nauth: api_key\n")
    said = new(tmp_path, "shop", "--defaults", "--data-file", "answers.yml", "--data", "ci=false", "--json").stdout
    assert json.loads(said)["project"] == "Web-Shop"
    settings = (tmp_path / "shop" / "pyservice.toml").read_text()
    assert 'name = "Web-Shop"\npackage = "web_shop"\nparts = [\n    "client",\n    "container",\n]\n' in settings
    assert "AUTH_MODE=api_key\n" in (tmp_path / "shop" / "development.env").read_text()


def test_a_commit_that_git_refuses_is_left_to_the_user(tmp_path: Path) -> None:
    """Without a name for its author there is no commit, and the project is whole all the same."""
    anonymous = {key: value for key, value in GIT.items() if "AUTHOR" not in key and "COMMITTER" not in key}
    anonymous |= {
        "EMAIL": "",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.useConfigOnly",
        "GIT_CONFIG_VALUE_0": "true",
    }
    said = new(tmp_path, "shop", "--defaults", env=anonymous).stderr
    assert "pyservice: no first commit was made: set git's user.name and user.email, then commit\n" in said
    assert (tmp_path / "shop" / ".git").is_dir()


def test_a_repository_around_the_project_is_not_split(tmp_path: Path) -> None:
    """Inside of a repository the project is left for the user to commit there."""
    git(tmp_path, "init", "--quiet")
    said = new(tmp_path, "shop", "--defaults").stderr
    assert "no repository was created, because the folder is inside one: commit it there" in said
    assert not (tmp_path / "shop" / ".git").exists()


def test_a_folder_called_like_a_library(tmp_path: Path) -> None:
    """The default name of an unanswered question collides with no library."""
    new(tmp_path, "redis", "--no-git", "--defaults")
    project = tomllib.loads((tmp_path / "redis" / "pyservice.toml").read_text())["project"]
    assert (project["name"], project["package"]) == ("redis-service", "redis_service")
