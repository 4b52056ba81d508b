"""naming: from proto names to Python, file and DNS names."""

import keyword

import pytest

from protoc_gen_pyservice import identifiers
from protoc_gen_pyservice.identifiers import NameAllocator
from protoc_gen_pyservice.model import project_names
from protoc_gen_pyservice.model.modules import compiler_path, module_path
from protoc_gen_pyservice.model.names import Names


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("PlaceOrder", "place_order"),
        ("GetURL", "get_url"),
        ("GetURLFor2", "get_url_for2"),
        ("HTTPProxy", "http_proxy"),
        ("HttpProxy", "http_proxy"),
        ("http_proxy", "http_proxy"),
        ("V2Beta1Get", "v2_beta1_get"),
        ("x", "x"),
        ("X", "x"),
        ("ABC", "abc"),
    ],
)
def test_snake_case(name: str, snake: str) -> None:
    """Capitals separate words; a row of capitals is one word."""
    assert identifiers.snake_case(name) == snake


@pytest.mark.parametrize(
    ("rpc", "attribute"),
    [
        ("PlaceOrder", "place_order"),
        ("Import", "import_"),
        ("None", "none"),
        ("Async", "async_"),
        ("Match", "match"),
        ("Close", "close_"),
        ("Adapt", "adapt_"),
        ("Self", "self_"),
        ("__init__", "init"),
        ("_Hidden", "hidden"),
        ("___", "rpc"),
        ("_2Fast", "rpc_2_fast"),
    ],
)
def test_attribute_name(rpc: str, attribute: str) -> None:
    """A method's name is not a keyword, private or mangled, and not one that every client or servicer has."""
    assert identifiers.attribute_name(rpc) == attribute
    assert attribute.isidentifier()
    assert not keyword.iskeyword(attribute)


@pytest.mark.parametrize(
    ("service", "class_name"),
    [
        ("OrderBook", "OrderBook"),
        ("order_book", "OrderBook"),
        ("orderBook", "OrderBook"),
        ("None", "NoneHandler"),
        ("import", "Import"),
        ("object", "Object"),
        ("Exception", "ExceptionHandler"),
        ("Context", "ContextHandler"),
        ("Base", "BaseHandler"),
        ("Message", "MessageHandler"),
        ("NotImplementedError", "NotImplementedErrorHandler"),
        ("__all__", "All"),
        ("___", "Service"),
        ("_2Fast", "Service2Fast"),
    ],
)
def test_class_name(service: str, class_name: str) -> None:
    """A class is in PascalCase and hides neither a builtin nor what its file imports."""
    assert identifiers.class_name(service) == class_name


@pytest.mark.parametrize(
    ("package", "file", "project"),
    [
        ("orders.v1", "orders/v1/orders.proto", "orders"),
        ("acme.inventory.v1", "x.proto", "inventory"),
        ("acme.inventory.v1beta2", "x.proto", "inventory"),
        ("Acme.OrderBook.V1Beta1", "x.proto", "order-book"),
        ("acme.order_book", "x.proto", "order-book"),
        ("", "orders/book.proto", "book"),
        ("v1", "orders/my-book.v1.proto", "my-book-v1"),
        ("", "2024.proto", "service-2024"),
        ("", "__init__.proto", "init"),
        ("_", "x.proto", "service"),
        ("acme.redis.v1", "x.proto", "redis-service"),
        ("acme.PrometheusClient.v1", "x.proto", "prometheus-client-service"),
    ],
)
def test_project_name(package: str, file: str, project: str) -> None:
    """The last part of the proto package that is not a version, else the file's stem."""
    assert project_names.project_name(package, file) == project


@pytest.mark.parametrize(
    ("project", "package"),
    [
        ("orders", "orders"),
        ("order-book", "order_book"),
        ("asyncio", "asyncio_service"),
        ("grpc", "grpc_service"),
        ("google", "google_service"),
        ("class", "class_service"),
        ("type", "type_service"),
        ("tests", "tests_service"),
        ("src", "src_service"),
        ("logging", "logging_service"),
        ("jwt", "jwt_service"),
        ("PyJWT", "pyjwt_service"),
        ("Typing-Extensions", "typing_extensions_service"),
        ("redis-service", "redis_service"),
    ],
)
def test_package_name(project: str, package: str) -> None:
    """A package hides neither the standard library, nor a dependency, nor a folder of the project."""
    assert project_names.package_name(project) == package


@pytest.mark.parametrize(
    ("project", "label"),
    [("orders", "orders"), ("Order_Book", "order-book"), ("a" * 80, "a" * 50), ("a" * 49 + "-b", "a" * 49)],
)
def test_dns_name(project: str, label: str) -> None:
    """A label that ends in a letter or digit, with room for an ending: 63 characters are allowed."""
    assert identifiers.dns_name(project) == label


@pytest.mark.parametrize(
    ("proto", "compilers", "ours"),
    [
        ("orders.proto", "orders_pb2", "orders_pb2"),
        ("orders/v1/orders.proto", "orders/v1/orders_pb2", "orders/v1/orders_pb2"),
        ("my-file.v1.proto", "my_file/v1_pb2", "my_file/v1_pb2"),
        ("a/import/class/x.proto", "a/import/class/x_pb2", "a/import_/class_/x_pb2"),
        ("2024/1_things.proto", "2024/1_things_pb2", "_2024/_1_things_pb2"),
        ("registry/x.proto", "registry/x_pb2", "registry_/x_pb2"),
        ("policies/v1/policies.proto", "policies/v1/policies_pb2", "policies_/v1/policies_pb2"),
        ("clients.proto", "clients_pb2", "clients_pb2"),
        ("old.protodevel", "old_pb2", "old_pb2"),
    ],
)
def test_module_path(proto: str, compilers: str, ours: str) -> None:
    """A module lies where the compiler puts it, but for parts that no import statement could name."""
    assert compiler_path(proto) == compilers
    assert module_path(proto) == ours


@pytest.mark.parametrize(
    ("part", "reachable"),
    [
        ("Order", True),
        ("class", False),
        ("None", False),
        ("match", True),
        ("_private", True),
        ("__mangled", False),
        ("__dunder__", True),
        ("9", False),
    ],
)
def test_is_reachable(part: str, reachable: bool) -> None:
    """A name can be written behind a dot, inside a class too."""
    assert identifiers.is_reachable(part) is reachable


@pytest.mark.parametrize("part", ["v1", "V1", "v2beta1", "v1alpha", "v3p1beta2", "v1test", "v1main"])
def test_a_version(part: str) -> None:
    """The usual spellings of a version are not names."""
    assert identifiers.is_version(part)


@pytest.mark.parametrize("part", ["v", "1", "version1", "v1x", "value", "av1"])
def test_no_version(part: str) -> None:
    """What only looks like a version is a name."""
    assert not identifiers.is_version(part)


# ------------------------------------------------------------------------------------ uniqueness


def test_a_key_keeps_its_name() -> None:
    """Asked again, the same key gets the same name, whatever it wishes by then."""
    taken = NameAllocator()
    assert taken.allocate("a.Order", "Order") == "Order"
    assert taken.allocate("a.Order", "Another") == "Order"


def test_a_taken_name_is_given_once() -> None:
    """The next wish is tried, without regard to case, and then numbers."""
    taken = NameAllocator()
    assert taken.allocate("a", "Proxy") == "Proxy"
    assert taken.allocate("b", "PROXY", "ProxyV2") == "ProxyV2"
    assert taken.allocate("c", "proxy") == "proxy_2"
    assert taken.allocate("d", "Proxy", "ProxyV2") == "Proxy2"


def test_names_of_earlier_runs_stay_given() -> None:
    """A new element never gets a name in the lock, even if its element was removed."""
    taken = NameAllocator({"acme.v2.Bodies": "Bodies"})
    assert taken.allocate("acme.v1.Bodies", "Bodies", "BodiesV1") == "BodiesV1"
    assert taken.allocate("acme.v2.Bodies", "Bodies", "BodiesV2") == "Bodies"


@pytest.mark.parametrize(
    ("package", "others", "words"),
    [
        ("acme.v2", ["acme.v1"], ["V2"]),
        ("acme.shop.v1", ["acme.stock.v1"], ["Shop"]),
        ("", ["acme"], []),
        ("acme", [], ["Acme"]),
    ],
)
def test_distinguishing(package: str, others: list[str], words: list[str]) -> None:
    """Only what the other packages do not have tells one from them."""
    assert identifiers.distinguishing(package, others) == words


def test_a_second_service_of_the_same_name() -> None:
    """The first keeps its name when a second arrives, in the next run too."""
    first = Names("acme", "acme")
    first.register(["acme.v1.Bodies"])
    assert first.service("acme.v1.Bodies") == ("Bodies", "bodies")
    second = Names("acme", "acme", first.snapshot())
    second.register(["acme.v1.Bodies", "acme.v2.Bodies"])
    assert second.service("acme.v2.Bodies") == ("BodiesV2", "bodies_v2")
    assert second.service("acme.v1.Bodies") == ("Bodies", "bodies")


def test_methods_are_unique_in_their_service_only() -> None:
    """GetURL and GetUrl of one service differ; the same RPC of another has its own name."""
    names = Names("acme", "acme")
    assert names.method("a.A", "GetURL") == "get_url"
    assert names.method("a.A", "GetUrl") == "get_url_2"
    assert names.method("a.B", "GetUrl") == "get_url"


def test_aliases_tell_modules_apart_by_their_packages() -> None:
    """Of two types_pb2 the second is called after its package as well."""
    names = Names("c", "c")
    assert names.alias("a/v1/types.proto", "a.v1", "types_pb2") == "types_pb2"
    assert names.alias("b/v1/types.proto", "b.v1", "types_pb2") == "v1_types_pb2"
    assert names.alias("c/v1/types.proto", "c.v1", "types_pb2") == "c_v1_types_pb2"


def test_an_alias_is_never_mangled() -> None:
    """A module whose name begins with two underscores is called otherwise inside classes."""
    assert Names("c", "c").alias("__init__.proto", "", "__init___pb2") == "init___pb2"
