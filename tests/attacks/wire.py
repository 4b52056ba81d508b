"""HTTP/2 frame by frame, for what no gRPC client would send."""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import hpack
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
Headers = Sequence[tuple[str, str]]

_TIMEOUT_SECONDS = 10.0
"""Seconds that a server may take to take what is sent."""


@dataclass(slots=True)
class Ended:
    """What the server said about one stream."""

    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    reset: int | None = None

    @property
    def status(self) -> str | None:
        """The gRPC status, if there is one yet."""
        return self.headers.get("grpc-status")


@dataclass(slots=True)
class Wire:
    """One connection."""

    socket: socket.socket
    encoder: hpack.Encoder = field(default_factory=hpack.Encoder)
    decoder: hpack.Decoder = field(default_factory=hpack.Decoder)
    streams: dict[int, Ended] = field(default_factory=dict)
    settings: Mapping[int, int] = field(default_factory=dict)
    goaway: GoAwayFrame | None = None
    closed: bool = False
    """The server has closed the connection."""
    pongs: int = 0
    polite: bool = True
    """Whether settings and pings of the server are answered."""
    _unread: bytes = b""
    _block: bytes = b""

    def send(self, *frames: Frame | bytes) -> bool:
        """Send frames, or bytes as they are; returns whether the server still took them."""
        raw = b"".join(frame if isinstance(frame, bytes) else frame.serialize() for frame in frames)
        # What `receive` waits for is milliseconds: too short for a server that is to be flooded.
        self.socket.settimeout(_TIMEOUT_SECONDS)
        try:
            self.socket.sendall(raw)
        except OSError:
            self.closed = True
        return not self.closed

    def headers(self, path: str, extra: Headers = ()) -> bytes:
        """The header block of a gRPC call."""
        usual = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost")]
        block: bytes = self.encoder.encode(
            [*usual, ("te", "trailers"), ("content-type", "application/grpc"), *extra], huffman=False
        )
        return block

    def call(self, stream: int, path: str, extra: Headers = (), body: bytes | None = None) -> Frame:
        """HEADERS that begin a call; with a body they are followed by it with `message`."""
        return HeadersFrame(stream, data=self.headers(path, extra), flags=["END_HEADERS"])

    def receive(self, seconds: float) -> None:
        """Read what comes until nothing comes for some seconds, or the connection ends."""
        try:
            while True:
                self.socket.settimeout(seconds)
                data = self.socket.recv(65536)
                if not data:
                    break
                self._unread += data
                self._parse()
        except TimeoutError:
            return
        except OSError:
            pass
        self.closed = True

    def until(self, stream: int, seconds: float = 10) -> Ended:
        """Read until a stream has ended, with a status or a reset, or the connection has."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.closed:
            ended = self.streams.get(stream, Ended())
            if ended.status is not None or ended.reset is not None:
                return ended
            self.receive(0.05)
        return self.streams.get(stream, Ended())

    def until_closed(self, seconds: float) -> bool:
        """Read until the server closes the connection; returns whether it did so in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.closed:
            self.receive(0.05)
        return self.closed

    def _parse(self) -> None:
        while len(self._unread) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self._unread[:9]))
            if len(self._unread) < 9 + length:
                return
            frame.parse_body(memoryview(self._unread[9 : 9 + length]))
            self._unread = self._unread[9 + length :]
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        ended = self.streams.setdefault(frame.stream_id, Ended())
        match frame:
            case HeadersFrame():
                # grpc's own header blocks fit into one frame.
                ended.headers.update((str(key), str(value)) for key, value in self.decoder.decode(frame.data))
            case DataFrame():
                ended.data += frame.data
            case RstStreamFrame():
                ended.reset = frame.error_code
            case SettingsFrame() if "ACK" not in frame.flags:
                self.settings = {**self.settings, **frame.settings}
                if self.polite:
                    self.send(SettingsFrame(0, flags=["ACK"]))
            case PingFrame() if "ACK" in frame.flags:
                self.pongs += 1
            case PingFrame() if self.polite:
                self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
            case GoAwayFrame():
                self.goaway = frame
            case _:
                pass


def message(raw: bytes, compressed: bool = False) -> bytes:
    """A message as gRPC puts it into DATA."""
    return bytes([compressed]) + len(raw).to_bytes(4) + raw


def data(stream: int, raw: bytes, last: bool = True, most: int = 16384) -> list[Frame]:
    """Bytes as DATA frames."""
    pieces = [raw[at : at + most] for at in range(0, len(raw), most)] or [b""]
    frames: list[Frame] = [DataFrame(stream, data=piece) for piece in pieces]
    if last:
        frames[-1].flags.add("END_STREAM")
    return frames


def reset(stream: int) -> Frame:
    """RST_STREAM, as a client sends it that gives up."""
    return RstStreamFrame(stream, error_code=8)


def window(stream: int, size: int) -> Frame:
    """WINDOW_UPDATE."""
    return WindowUpdateFrame(stream, window_increment=size)


@contextmanager
def connected(
    port: int, settings: Mapping[int, int] | None = None, hello: bool = True, over: socket.socket | None = None
) -> Iterator[Wire]:
    """A connection, in plaintext unless it goes over another; with ``hello`` both sides introduce themselves."""
    with over or socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(connection, polite=hello)
        if hello:
            wire.send(PREFACE, SettingsFrame(0, settings=dict(settings or {})))
            # Until then the server takes 64 KiB at most, and what is more breaks the connection.
            for _ in range(100):
                wire.receive(0.05)
                if wire.settings or wire.closed:
                    break
        yield wire
