"""A mirror on loopback that does as it is told: serves, cuts, stalls, lies, sends other bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from engine.data import published
from engine.data.published import PARTS, Published, PublishedFile
from engine.nn.arrays import Bytes

FAULTS = ("cut", "stall", "longer", "shorter", "other", "endless", "404", "503", "circle", "noise")
"""What a mirror can do in place of serving a file."""


class Mirror(ThreadingHTTPServer):
    """Serves `content` by path; `plan` says what the next requests get, "serve" when it is empty.

    asked: the paths of the requests so far.
    """

    daemon_threads = True

    def __init__(self, content: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.plan: deque[str] = deque()
        self.asked: list[str] = []
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def always(self, fault: str) -> None:
        """Do this to every request from now on."""
        self.plan = deque([fault] * 100)


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        fault = self.server.plan.popleft() if self.server.plan else "serve"
        content = self.server.content.get(self.path)
        if fault.isdecimal() or content is None:
            self.send_error(int(fault) if fault.isdecimal() else 404)
        elif fault == "circle":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
        elif fault == "noise":
            self.wfile.write(b"\x00\xff this is no HTTP\r\n\r\n")
        else:
            self._send(fault, content)

    def _send(self, fault: str, content: bytes) -> None:
        part = content[: len(content) * 3 // 10]
        length = {"longer": len(content) + 9, "shorter": len(part)}.get(fault, len(content))
        if fault == "other":
            content = bytes(len(content))
        self.send_response(200)
        if fault != "endless":
            self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            self.wfile.write(part if fault in ("cut", "stall") else content)
            if fault == "stall":
                self.server.closing.wait(20)
            while fault == "endless" and not self.server.closing.is_set():
                self.wfile.write(bytes(2**16))
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def mirror(content: dict[str, bytes]) -> Iterator[Mirror]:
    """A mirror that runs until the end of the block."""
    server = Mirror(content)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def published_as(name: str, files: dict[str, bytes], mirrors: tuple[str, ...] = ()) -> Published:
    """A set of the catalog that consists of these files."""
    return Published(
        name=name,
        title=name.upper(),
        about="a set of the tests",
        license="none",
        source="the tests",
        mirrors=mirrors,
        files=tuple(
            PublishedFile(file, len(content), sha256(content).hexdigest())
            for file, content in files.items()
        ),
        class_names=published.FASHION_MNIST.class_names,
    )


def small_files(count: int = 300) -> dict[str, bytes]:
    """The four files of a small set: ten classes, random pictures that do not compress."""
    random = np.random.default_rng(5)
    images = random.integers(0, 256, (count, 28, 28), np.uint8)
    labels = (np.arange(count) % 10).astype(np.uint8)
    values = (images, labels, images[:20], labels[:20])
    return {f"{part}.gz": _idx(each) for part, each in zip(PARTS, values, strict=True)}


def _idx(values: Bytes) -> bytes:
    return (
        bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.tobytes()
    )
