"""The response to protoc, as bytes.

``CodeGeneratorResponse.File.content`` is declared a string, so protobuf for Python accepts UTF-8 only;
protoc and buf write any bytes. A descriptor set, or a user's file in another encoding, has to pass
unchanged: the file entries are therefore encoded here.
"""

from collections.abc import Mapping

from ..inputs.lock import LOCK

# Wire format: (field number << 3) | 2 introduces a length and that many bytes.
_RESPONSE_FILE = bytes([15 << 3 | 2])
_FILE_NAME = bytes([1 << 3 | 2])
_FILE_CONTENT = bytes([15 << 3 | 2])


def encode_files(files: Mapping[str, bytes]) -> bytes:
    """Encode the ``file`` entries of a CodeGeneratorResponse, to be appended to its other fields."""
    # The lock comes last: a compiler that writes in this order and is stopped leaves the previous one.
    ordered = sorted(files.items(), key=lambda file: (file[0] == LOCK, file[0]))
    return b"".join(_encode_file(path, content) for path, content in ordered)


def _encode_file(path: str, content: bytes) -> bytes:
    return _RESPONSE_FILE + _sized(_FILE_NAME + _sized(path.encode()) + _FILE_CONTENT + _sized(content))


def _sized(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Return the number as a varint: seven bits a byte, least significant first; the high bit marks that more follow."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
