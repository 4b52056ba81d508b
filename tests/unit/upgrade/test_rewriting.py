"""Imports and names of user files are rewritten by the table, and nothing else in them changes."""

import pytest

from protoc_gen_pyservice.reconcile.handlers.splice import UnreadableError
from protoc_gen_pyservice.reconcile.upgrade.rewriting import rewrite_file

HANDLER, OWN, TEST, NESTED = (
    "src/shop/handlers/cart.py",
    "src/shop/stock.py",
    "tests/test_cart.py",
    "tests/handlers/x.py",
)

CASES = {
    "from a handler": (
        HANDLER,
        "from ..errors import NotFound\nfrom ..server.context import Context\n",
        "from ..errors import NotFound\nfrom ..runtime.server import Context\n",
    ),
    "absolute": (
        TEST,
        "from shop.interceptors.call import principal\n",
        "from shop.runtime.server import principal\n",
    ),
    "sorted": (
        OWN,
        "from .client.options import Options\nfrom .errors import NotFound\nfrom .gen.clients import Cart\n",
        "from .errors import NotFound\nfrom .gen.clients import Cart\nfrom .runtime.client import Options\n",
    ),
    "unsorted": (
        OWN,
        "from .gen.clients import Cart\nfrom .client.options import Options\nfrom .errors import NotFound\n",
        "from .gen.clients import Cart\nfrom .runtime.client import Options\nfrom .errors import NotFound\n",
    ),
    "joined": (
        TEST,
        "from shop.server.context import Context\nfrom shop.server.lifecycle import Running\n",
        "from shop.runtime.server import Context, Running\n",
    ),
    "split": (
        TEST,
        "from .service import connected, quick\n\nquick(), connected\n",
        "from ._runtime.service import connected\nfrom .gen.service import settings_for_tests\n\n"
        "settings_for_tests(), connected\n",
    ),
    "deeper than the public modules": (
        OWN,
        "from .interceptors.call import CALL, Call\n\n\ndef f(call: Call) -> None:\n    CALL.set(call)\n",
        "from .runtime.interceptors import ServerCall\nfrom .runtime.server import CALL\n\n\ndef f(call: ServerCall) -> None:\n    CALL.set(call)\n",
    ),
    "with an alias": (
        OWN,
        "from .interceptors.call import Steps as S\n\nS(before=None)\n",
        "from .runtime.interceptors import Hooks as S\n\nS(on_start=None)\n",
    ),
    "new name is taken": (
        OWN,
        "from .interceptors.call import Steps\n\n\nclass Hooks:\n    steps: Steps\n",
        "from .runtime.interceptors import Hooks as Steps\n\n\nclass Hooks:\n    steps: Steps\n",
    ),
    "a module": (
        OWN,
        "from .server import tls, wiring\n\ntls.Files\nwiring.WiringError\n",
        "from .runtime.server import handler_discovery as wiring\nfrom .runtime.server import tls\n\n"
        "tls.TlsFiles\nwiring.HandlerError\n",
    ),
    "a module that moved to a package": (
        OWN,
        "from .server import context\n\n\ndef f(c: context.Context) -> None: ...\n",
        "from .runtime import server as context\n\n\ndef f(c: context.Context) -> None: ...\n",
    ),
    "import of a module": (
        TEST,
        "import shop.server.tls\n\nshop.server.tls.Files()\n",
        "import shop.runtime.server.tls\n\nshop.runtime.server.tls.TlsFiles()\n",
    ),
    "import of a module with an alias": (
        TEST,
        "import shop.client.options as o\n\no.Options(margin=1)\n",
        "import shop.runtime.client as o\n\no.Options(deadline_margin=1)\n",
    ),
    "a function that is a method now": (
        NESTED,
        "from ..service import serving, stand_ins\n\nserving(None, stand_ins())\n",
        "from ..gen.service import SERVICE\n\nSERVICE.serving(None, SERVICE.stub_handlers())\n",
    ),
    "into another section": (
        NESTED,
        "import grpc\n\nfrom shop.settings import Settings\n\nfrom ..issuer import AUDIENCE\n\nSettings(x=AUDIENCE)\n",
        "import grpc\n\nfrom shop.gen.service_info import INFO\nfrom shop.settings import Settings\n\n"
        "Settings(x=INFO.program)\n",
    ),
    "in a function": (
        OWN,
        "def f():\n    from .environment import SettingsError, read\n    return read, SettingsError\n",
        "def f():\n    from .runtime.settings import SettingsError, load\n    return load, SettingsError\n",
    ),
    "under TYPE_CHECKING": (
        OWN,
        "if TYPE_CHECKING:\n    from .server.watched import Watched\n\n\ndef f(w: 'Watched[int]') -> None: ...\n",
        "if TYPE_CHECKING:\n    from .runtime.core.reloading import ReloadingFile\n\n\n"
        "def f(w: 'ReloadingFile[int]') -> None: ...\n",
    ),
    "comments stay": (
        OWN,
        "from .client.base import (\n    BaseClient,  # ours\n    Metadata,\n)  # and theirs\n",
        "# ours\n# and theirs\nfrom .runtime.client import BaseClient, Metadata\n",
    ),
    "a comment at the end of the line": (
        OWN,
        "from .client.options import Options  # ours\n",
        "from .runtime.client import Options  # ours\n",
    ),
    "two in a line": (
        OWN,
        "import os; from .client.options import Options\n",
        "import os; from .runtime.client import Options\n",
    ),
    "Windows": (
        HANDLER,
        "from ..errors import X\r\nfrom ..server.context import Context\r\n\r\nContext\r\n",
        "from ..errors import X\r\nfrom ..runtime.server import Context\r\n\r\nContext\r\n",
    ),
    "attributes of a parameter": (
        OWN,
        "from .interceptors.call import Call\n\n\ndef f(call: Call, other) -> None:\n    call.end_in(call.left())\n"
        "    other.left()\n",
        "from .runtime.interceptors import ServerCall\n\n\ndef f(call: ServerCall, other) -> None:\n"
        "    call.cancel_after(call.seconds_left())\n    other.left()\n",
    ),
    "attributes of a result": (
        TEST,
        "from .calls import call\n\n\nasync def test() -> None:\n    end = await call(1)\n    assert end.replies\n"
        "    assert (await call(2)).replies\n",
        "from ._runtime.calls import call\n\n\nasync def test() -> None:\n    end = await call(1)\n"
        "    assert end.responses\n    assert (await call(2)).responses\n",
    ),
    "not of a name that is bound twice": (
        TEST,
        "from .calls import call\n\n\nasync def test() -> None:\n    end = await call(1)\n    end = None\n    end.replies\n",
        "from ._runtime.calls import call\n\n\nasync def test() -> None:\n    end = await call(1)\n    end = None\n"
        "    end.replies\n",
    ),
    "an interceptor": (
        OWN,
        "from .interceptors.call import Call, Steps\n\n\nclass Mine:\n    def steps(self, method) -> Steps:\n"
        "        return Steps(after=self._after)\n\n    def _after(self, call: Call) -> None:\n        call.closing\n",
        "from .runtime.interceptors import Hooks, ServerCall\n\n\nclass Mine:\n    def hooks(self, method) -> Hooks:\n"
        "        return Hooks(on_end=self._after)\n\n    def _after(self, call: ServerCall) -> None:\n        call.on_end\n",
    ),
    "too long for a line": (
        OWN,
        "from .server.watched import Watched\n\n\ndef f() -> None:\n"
        "    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = Watched(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccc)\n",
        "from .runtime.core.reloading import ReloadingFile\n\n\ndef f() -> None:\n"
        "    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = ReloadingFile(\n"
        "        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccc\n    )\n",
    ),
}

STUB = "        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED\n"
OLD_STUB = "        # TODO(you): write it; until then callers get UNIMPLEMENTED.\n        raise NotWritten\n"

NOT_WRITTEN = {
    "a stub": (
        HANDLER,
        f"from ..errors import NotWritten\n\n\nclass Cart(CartServicer):\n    async def add(self):\n{OLD_STUB}",
        f"\nclass Cart(CartServicer):\n    async def add(self):\n{STUB}",
    ),
    "a stub of a stream": (
        HANDLER,
        "from ..errors import NotFound, NotWritten\nfrom ..gen import x\n\n\nclass Cart(CartServicer):\n"
        f"    async def add(self):\n{OLD_STUB}        yield  # hands out the replies, one at a time\n",
        "from ..errors import NotFound\nfrom ..gen import x\n\n\nclass Cart(CartServicer):\n"
        f"    async def add(self):\n{STUB}        yield  # hands out the responses, one at a time\n",
    ),
    "a stub with a comment": (
        HANDLER,
        "from ..errors import NotWritten\n\n\nclass Cart(CartServicer):\n    async def add(self):\n"
        f"{OLD_STUB.rstrip()}  # mine\n",
        "\nclass Cart(CartServicer):\n    async def add(self):\n"
        "        # TODO(you): write it; until then callers get UNIMPLEMENTED.\n"
        "        raise NotImplementedError  # mine\n",
    ),
    "Windows": (
        HANDLER,
        "import x\r\n\r\nfrom ..errors import NotWritten\r\n\r\n\r\nclass Cart(CartServicer):\r\n    def add():\r\n"
        + OLD_STUB.replace("\n", "\r\n"),
        "import x\r\n\r\n\r\nclass Cart(CartServicer):\r\n    def add():\r\n" + STUB.replace("\n", "\r\n"),
    ),
    "a section of its own": (
        OWN,
        "import x\n\nfrom .errors import NotWritten\n\ny = NotWritten\n",
        "import x\n\ny = NotImplementedError\n",
    ),
    "with a text": (
        TEST,
        "from shop.errors import NotFound, NotWritten\n\nraise NotWritten('later')\n",
        "from shop.errors import NotFound\n\nraise NotImplementedError('later')\n",
    ),
    "caught": (
        OWN,
        "from .errors import (\n    NotFound,\n    NotWritten,\n)\n\ntry:\n    f()\nexcept (NotFound, NotWritten) as e:\n"
        "    isinstance(e, NotWritten)\n",
        "from .errors import NotFound\n\ntry:\n    f()\nexcept (NotFound, NotImplementedError) as e:\n"
        "    isinstance(e, NotImplementedError)\n",
    ),
    "in an annotation": (
        OWN,
        "from .errors import NotWritten\n\n\ndef f(e: 'NotWritten | None') -> None: ...\n",
        "\ndef f(e: 'NotImplementedError | None') -> None: ...\n",
    ),
    "not used": (OWN, "from .errors import NotWritten\n", ""),
    "with a name of its own": (
        OWN,
        "from .errors import NotWritten as Later\n\nraise Later\n",
        "raise NotImplementedError\n",
    ),
    "with a name that is taken": (
        OWN,
        "from .errors import NotFound, NotWritten\n\n\nclass NotImplementedError(NotWritten): ...\n",
        "from builtins import NotImplementedError as NotWritten\n\nfrom .errors import NotFound\n\n\n"
        "class NotImplementedError(NotWritten): ...\n",
    ),
    "of a module": (
        OWN,
        "from . import errors\n\nraise errors.NotWritten\n",
        "raise NotImplementedError\n",
    ),
    "of a module that is needed": (
        OWN,
        "from . import errors, settings\n\nraise errors.NotWritten from errors.NotFound()\n",
        "from . import errors, settings\n\nraise NotImplementedError from errors.NotFound()\n",
    ),
    "of a module beside others": (
        OWN,
        "from . import errors, settings\n\nraise errors.NotWritten\n",
        "from . import settings\n\nraise NotImplementedError\n",
    ),
    "of a whole path": (
        TEST,
        "import shop.errors\nimport shop.errors as e\n\nraise shop.errors.NotWritten from e.NotWritten\n",
        "\nraise NotImplementedError from NotImplementedError\n",
    ),
    "for types alone": (
        OWN,
        "if TYPE_CHECKING:\n    from .errors import NotWritten\n\n\ndef f(e: 'NotWritten') -> None: ...\n",
        "if TYPE_CHECKING:\n    pass\n\n\ndef f(e: 'NotImplementedError') -> None: ...\n",
    ),
    "in a function": (
        OWN,
        "def f():\n    from .errors import NotFound, NotWritten\n\n    raise NotWritten\n\n\ndef g():\n"
        "    from .errors import NotWritten\n    raise NotWritten\n",
        "def f():\n    from .errors import NotFound\n\n    raise NotImplementedError\n\n\ndef g():\n"
        "    raise NotImplementedError\n",
    ),
    "two in a line": (
        OWN,
        "import os; from .errors import NotWritten\nimport sys; from .errors import NotFound, NotWritten\n",
        "import os; pass\nimport sys; from .errors import NotFound\n",
    ),
    "comments stay": (
        OWN,
        "from .errors import NotWritten  # ours\nfrom .errors import (\n    NotFound,\n    NotWritten,  # theirs\n)\n",
        "# ours\nfrom .errors import NotFound  # theirs\n",
    ),
}

UNTOUCHED = {
    "another package's error": (OWN, "from other.errors import NotWritten\n\nraise NotWritten\n"),
    "its own error": (OWN, "class NotWritten(Exception): ...\n\n\nraise NotWritten\n"),
    "the builtin": (OWN, "def f():\n    raise NotImplementedError\n"),
    "another package": (OWN, "from other.server.context import Context\nimport server.context\n"),
    "still generated": (OWN, "from .gen.registry import SERVICES\nfrom .settings import Settings\n"),
    "a private name": (OWN, "from .server.shutdown import _HEARD\n"),
    "an unknown name": (TEST, "from .calls import TILL\n"),
    "star import": (TEST, "from .calls import *\n"),
    "a class of the same name": (OWN, "class Steps:\n    def steps(self): ...\n\n\nSteps(before=1)\n"),
    "prose": (OWN, '"""Steps of server.context."""\n# from .server.context import Context\n'),
}


@pytest.mark.parametrize(("path", "before", "after"), CASES.values(), ids=CASES)
def test_rewritten_files(path: str, before: str, after: str) -> None:
    """Imports and names are rewritten, and a second rewriting changes nothing."""
    assert rewrite_file(path, before.encode(), ("shop",), {}, 100).decode() == after
    assert rewrite_file(path, after.encode(), ("shop",), {}, 100).decode() == after


@pytest.mark.parametrize(("path", "before", "after"), NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_the_error_of_stubs(path: str, before: str, after: str) -> None:
    """NotWritten is the builtin NotImplementedError wherever it is used, and its import is dropped."""
    assert rewrite_file(path, before.encode(), ("shop",), {}, 100).decode() == after
    assert rewrite_file(path, after.encode(), ("shop",), {}, 100).decode() == after


def test_an_error_that_others_import_from_here() -> None:
    """It keeps its name there."""
    text = b"from .errors import NotWritten\n"
    new = b"from builtins import NotImplementedError as NotWritten\n"
    assert rewrite_file(OWN, text, ("shop",), {}, 100, {"NotWritten"}) == new
    listed = b'from .errors import NotWritten\n\n__all__ = ["NotWritten"]\n'
    assert rewrite_file(OWN, listed, ("shop",), {}, 100) == new + b'\n__all__ = ["NotWritten"]\n'


@pytest.mark.parametrize(("path", "text"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_unchanged_files(path: str, text: str) -> None:
    """A name that is not in the table, or is ambiguous, is not changed."""
    assert rewrite_file(path, text.encode(), ("shop",), {}, 100).decode() == text


def test_kept_names() -> None:
    """A name that the user keeps in an old module is still imported from there."""
    text = b"from .calls import TILL, call\n"
    new = rewrite_file(TEST, text, ("shop",), {"tests.calls": {"TILL"}}, 100)
    assert new == b"from ._runtime.calls import call\nfrom .calls import TILL\n"


def test_exported_names() -> None:
    """Names that other files import from this one stay; a function that is a method now is left to the user."""
    text = b"from .calls import METHODS\nfrom .service import Clock, quick, serving\n"
    new = rewrite_file("tests/support.py", text, ("shop",), {}, 100, {"METHODS", "quick", "serving"})
    assert new == (
        b"from ._runtime.service import FakeClock\n"
        b"from .gen.service import METHODS\nfrom .gen.service import settings_for_tests as quick\n"
        b"from .service import serving\n"
    )
    listed = b'from .interceptors.call import Call, Steps\n\n__all__ = ["Steps"]\n'
    assert rewrite_file(OWN, listed, ("shop",), {}, 100) == (
        b"from .runtime.interceptors import Hooks as Steps\nfrom .runtime.interceptors import ServerCall\n\n"
        b'__all__ = ["Steps"]\n'
    )


def test_a_renamed_package() -> None:
    """Imports with the former name of the package are rewritten too."""
    text = b"from store.server.context import Context\n"
    assert rewrite_file(TEST, text, ("shop", "store"), {}, 100) == b"from shop.runtime.server import Context\n"


def test_invalid_python() -> None:
    """A file that does not parse raises UnreadableError."""
    with pytest.raises(UnreadableError, match=r"stock\.py:1 does not parse"):
        rewrite_file(OWN, b"from .server import (\n", ("shop",), {}, 100)
