"""What manifests say follows from what is declared."""

import json

import pytest
import yaml

from protoc_gen_pyservice import identifiers
from protoc_gen_pyservice.model.comments import Doc
from protoc_gen_pyservice.model.deployment import Deployment, Route, deployment, quoted
from protoc_gen_pyservice.model.services import Import, Method, Policy, Service, Type

_MODULE = Import(".", "shop_pb2", "shop_pb2")
_ITEM = Type("shop.Item", _MODULE, "shop_pb2.Item", "shop_pb2.Item")


def method(name: str, policy: Policy, requests: bool = False, replies: bool = False) -> Method:
    """A method of shop.Cart."""
    path = f"/shop.Cart/{name}"
    return Method(name, path, name.lower(), _ITEM, _ITEM, requests, replies, Doc(), "", False, policy)


def service(full: str, *methods: Method) -> Service:
    """A service with these methods."""
    name = full.rpartition(".")[2]
    lower = name.lower()
    return Service(
        name,
        full,
        "shop.proto",
        name,
        f"{name}Servicer",
        f"{name}Client",
        lower,
        lower,
        methods,
        (),
        (),
        Doc(),
        "",
        False,
    )


def of(*methods: Method) -> Deployment:
    """What is deployed of a service with these methods."""
    return deployment("shop", [service("shop.Cart", *methods)])


REST = Route("everything-else", (), "31s", 0)


@pytest.mark.parametrize(
    ("given", "route"),
    [
        pytest.param(method("A", Policy()), None, id="nothing declared: the route for all others"),
        pytest.param(method("A", Policy(timeout=30)), None, id="what is the default anyway"),
        pytest.param(method("A", Policy(timeout=2)), ("within-2s", "3s"), id="a second more than the service"),
        pytest.param(method("A", Policy(timeout=0.25)), ("within-0.25s", "1250ms"), id="parts of a second"),
        pytest.param(method("A", Policy(idempotent=True)), None, id="whether to repeat it is for its callers"),
        pytest.param(method("A", Policy(), replies=True), ("unlimited", "0s"), id="a stream ends when it ends"),
        pytest.param(
            method("A", Policy(timeout=60), replies=True), ("within-60s", "61s"), id="but for what is declared"
        ),
    ],
)
def test_route(given: Method, route: tuple[str, str] | None) -> None:
    """A method has a route of its own where a proxy has to treat it differently."""
    if route is None:
        assert of(given).routes == (REST,)
    else:
        name, timeout = route
        assert of(given).routes == (Route(name, (given.path,), timeout, 0), REST._replace(number=1))


def test_methods_that_are_treated_alike_share_a_route() -> None:
    """Their paths are in the order of the proto."""
    first, second = method("A", Policy(timeout=2)), method("B", Policy(timeout=2.0))
    assert [route.paths for route in of(first, second).routes] == [(first.path, second.path), ()]


@pytest.mark.parametrize(
    ("methods", "grace"),
    [
        ((), 20),
        ((method("A", Policy(timeout=3)),), 20),
        ((method("A", Policy()),), 30),
        ((method("A", Policy(timeout=44.2)),), 45),
        ((method("A", Policy(timeout=7200)),), 300),
        ((method("A", Policy(timeout=3600), replies=True),), 20),
    ],
)
def test_grace(methods: tuple[Method, ...], grace: int) -> None:
    """A call that began just before the end may finish, within reason; a stream has no known end."""
    found = of(*methods)
    assert found.grace == grace
    assert found.termination == found.pre_stop + found.drain + grace + 5


def test_access_is_grouped_by_need() -> None:
    """Methods with the same needs are one rule; a role that differs makes two."""
    admin, other = Policy(roles=("admin",)), Policy(roles=("admin",), scopes=("a", "b"))
    found = of(method("A", admin), method("B", Policy(public=True)), method("C", admin), method("D", other))
    assert [(access.paths, access.public, access.restricted) for access in found.access] == [
        (("/shop.Cart/A", "/shop.Cart/C"), False, True),
        (("/shop.Cart/B",), True, False),
        (("/shop.Cart/D",), False, True),
    ]
    assert found.access[2].scopes == ('"a"', '"b"')


@pytest.mark.parametrize(
    "text",
    ["plain", "yes", "1e3", "a: b # c", '"', "\\", "new\nline", "tab\t", "\x00", "\x85", "\u2028", "\x7f", "ü", "😀"],
)
def test_any_text_survives_yaml(text: str) -> None:
    """A role may be any text: it is one line of YAML that reads as that text, for whatever reads JSON too."""
    assert yaml.safe_load(f"- {quoted(text)}") == [text]
    assert "\n" not in quoted(text)
    if text.isprintable():
        assert json.loads(quoted(text)) == text


def test_a_role_cannot_leave_its_comment() -> None:
    """Roles are listed in a comment, whose line they must not end."""
    assert of(method("A", Policy(roles=("a\nb: c",)))).roles == ("a?b: c",)


def test_services_beyond_what_a_route_holds() -> None:
    """A GRPCRoute takes 64 matches in a rule: the 65th service begins another route."""
    found = deployment("shop", [service(f"shop.S{number}") for number in range(65)])
    assert [(route.name, len(route.services)) for route in found.exposed] == [("shop", 64), ("shop-2", 1)]


@pytest.mark.parametrize("project", ["a" * 90, "a" * 49 + "-" + "b" * 20, "very_long_" * 9])
def test_label_leaves_room(project: str) -> None:
    """With the longest ending a name is a DNS label all the same."""
    label = identifiers.dns_name(project)
    assert len(f"{label}-headless") <= 63
    assert not label.endswith("-")
