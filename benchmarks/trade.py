"""The medium input: ten proto files, each with one service of ten RPCs and six messages.

The text is made by counting, never by chance, so that two runs on two machines measure the same.
"""

from pathlib import Path

PACKAGE = "bench.trade.v1"
NOUNS = (
    "Account",
    "Contract",
    "Delivery",
    "Invoice",
    "Offer",
    "Payment",
    "Product",
    "Refund",
    "Supplier",
    "Voucher",
)
FIELDS_PER_MESSAGE = 9

# Every resource takes the next nine of these, so that no two messages are alike.
_POOL = (
    ("string", "reference", "The number that the other side uses."),
    ("int64", "amount_cents", "What it comes to, in cents."),
    ("google.protobuf.Timestamp", "due_at", "When it has to be settled."),
    ("map<string, string>", "labels", "Labels that the owner set."),
    ("repeated string", "tags", "Words to find it by."),
    ("optional string", "remark", "A remark, if there is one."),
    ("double", "weight_kg", "How heavy it is."),
    ("bytes", "checksum", "SHA-256 of the signed document."),
    ("bool", "archived", "Whether it left the active list."),
    ("google.protobuf.Duration", "validity", "How long it is valid."),
    ("uint32", "revision", "Counts the changes so far."),
    ("repeated Line", "lines", "What it is made up of."),
    ("string", "currency", "Three letters."),
)

_TEMPLATE = """\
syntax = "proto3";

package {package};

import "google/protobuf/duration.proto";
import "google/protobuf/timestamp.proto";

// Keeps every {words} of the company.
service {noun}Service {{
  // Adds one {words}.
  rpc Create{noun}({noun}) returns ({noun});
  // Reads one {words}.
  rpc Get{noun}({noun}Key) returns ({noun});
  // Replaces one {words}.
  rpc Update{noun}({noun}) returns ({noun});
  // Removes one {words}, and answers with its last state.
  rpc Delete{noun}({noun}Key) returns ({noun});
  // Takes one {words} off the active list.
  rpc Archive{noun}({noun}Key) returns ({noun});
  // Lists them page by page.
  rpc List{noun}Page({noun}Query) returns ({noun}Page);
  // Counts what a query would find.
  rpc Count{noun}({noun}Query) returns ({noun}Totals);
  // Tells every change as it happens.
  rpc Watch{noun}({noun}Query) returns (stream {noun}Change);
  // Takes in many at once.
  rpc Import{noun}(stream {noun}) returns ({noun}Totals);
  // Keeps two copies alike.
  rpc Synchronize{noun}(stream {noun}Change) returns (stream {noun}Change);
}}

// One {words}.
message {noun} {{
  // One line of it.
  message Line {{
    string text = 1;
    int64 amount_cents = 2;
  }}

  // Where it is in its life.
  enum State {{
    STATE_UNSPECIFIED = 0;
    STATE_OPEN = 1;
    STATE_CLOSED = 2;
  }}

  string id = 1;
  State state = 2;
{fields}
}}

message {noun}Key {{
  string id = 1;
  bool with_archived = 2;
}}

message {noun}Query {{
  string text = 1;
  repeated {noun}.State states = 2;
  google.protobuf.Timestamp changed_since = 3;
  int32 page_size = 4;
  string page_token = 5;
}}

message {noun}Page {{
  repeated {noun} items = 1;
  string next_page_token = 2;
}}

message {noun}Totals {{
  int64 count = 1;
  int64 amount_cents = 2;
  map<string, int64> by_state = 3;
}}

message {noun}Change {{
  oneof change {{
    {noun} written = 1;
    {noun}Key removed = 2;
  }}
  google.protobuf.Timestamp changed_at = 3;
}}
"""


def write_protos(root: Path) -> tuple[str, ...]:
    """Write the ten files under the import root `root`; their names, as protoc takes them."""
    folder = Path(*PACKAGE.split("."))
    (root / folder).mkdir(parents=True, exist_ok=True)
    names = []
    for number, noun in enumerate(NOUNS):
        path = folder / f"{noun.lower()}.proto"
        (root / path).write_text(proto_text(number, noun), encoding="utf-8")
        names.append(path.as_posix())
    return tuple(names)


def proto_text(number: int, noun: str) -> str:
    """The proto file of `noun`, which is the `number`th."""
    fields = (_POOL[(number + step) % len(_POOL)] for step in range(FIELDS_PER_MESSAGE))
    lines = (f"  // {comment}\n  {kind} {name} = {tag};" for tag, (kind, name, comment) in enumerate(fields, start=3))
    return _TEMPLATE.format(package=PACKAGE, noun=noun, words=noun.lower(), fields="\n".join(lines))
