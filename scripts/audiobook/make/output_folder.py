"""The user's folder for audiobooks: finished files are copied there; no file of theirs is lost.

``.ktts.json`` in the folder records what was delivered: ``{"files": {name: {"sha256", "batch_id",
"output", "source"}}}``. A file that is unchanged since its delivery may be replaced by a newer one.
Any other file is the user's: unless ``--overwrite`` is given, the command refuses to start.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jobs.books.file_names import other_names
from jobs.books.manifest import BookOutput, Manifest
from jobs.errors import InputError, OutputError, OutputExists
from jobs.playback.caption_files import CAPTION_SUFFIXES
from scripts.console.copy_output import place_copy

RECORD_NAME = ".ktts.json"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The record of one delivered file."""

    sha256: str
    batch_id: str
    output: str
    """Name of its output in the manifest."""
    source: str
    """File name of the book; another book of the same title gets another name."""


@dataclass(frozen=True, slots=True)
class Place:
    """The name of a book in the folder."""

    manifest: Manifest
    name: str
    """Path of its file without suffix, or of its subfolder if it is split."""
    is_split: bool
    has_cover: bool = False
    """The cover lies beside the audio."""
    has_own_folder: bool = False
    """No other book's files lie beside it."""

    def locate_cover(self) -> str | None:
        """Return the path of the cover, relative to the folder; None if there is none."""
        cover = self.manifest.cover
        if cover is None or not self.has_cover:
            return None
        if self.is_split:
            return f"{self.name}/{cover}"
        if self.has_own_folder:
            return f"{self.name.rpartition('/')[0]}/{cover}"
        return self.name + Path(cover).suffix

    def locate(self, output: BookOutput, file_name: str) -> str:
        """Return the path for `file_name`, made for `output`, relative to the folder."""
        if self.is_split:
            return f"{self.name}/{file_name}"
        return self.name + file_name.removeprefix(Path(output.name).stem)


class OutputFolder:
    """A folder of finished audiobooks."""

    def __init__(self, directory: Path, *, overwrite: bool) -> None:
        """Read the record of earlier deliveries; nothing is written yet.

        Raises:
            OutputError: the directory cannot be used, or cannot be made.
            InputError: its record cannot be read.
        """
        self.directory = directory.absolute()
        self._overwrite = overwrite
        self._reserved: set[str] = set()
        _check_directory(self.directory)
        self._files = _read_record(self.directory)

    def reserve(
        self,
        manifest: Manifest,
        name: str,
        *,
        is_split: bool,
        has_cover: bool = False,
        has_own_folder: bool = False,
    ) -> Place:
        """Choose a book's name: `name`, or a similar one if another book has that."""
        taken = self._reserved | {
            stem
            for file, known in self._files.items()
            if known.source != manifest.source
            for stem in _find_stems(file)
        }
        folder, slash, last = name.rpartition("/")
        names = (folder + slash + other for other in other_names(last, manifest.source))
        free = next(other for other in names if other.casefold() not in taken)
        self._reserved.add(free.casefold())
        return Place(manifest, free, is_split, has_cover, has_own_folder and free == name)

    def check(self, place: Place, made: Path) -> None:
        """Check that no file of the user's would be replaced.

        Args:
            place: The book's name.
            made: Its batch's directory; a file with the same bytes as one there may be replaced.

        Raises:
            OutputExists: a file is the user's and ``--overwrite`` was not given.
            OutputError: a directory has the name of a file.
        """
        foreign = []
        for name, made_file in _expected_files(place, made):
            target = self.directory / name
            if parent := next((each for each in target.parents if each.is_file()), None):
                raise OutputError(f"{str(parent)!r} is a file, and a folder is to go there")
            if target.is_dir():
                raise OutputError(f"{str(target)!r} is a directory; move it away")
            if target.exists() and not self._may_replace(name) and not _is_equal(target, made_file):
                foreign.append(str(target))
        if foreign:
            more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
            raise OutputExists(
                f"{foreign[0]!r}{more} exists and is not as this command delivered it; "
                "move it away, choose another directory or give --overwrite"
            )

    def create(self) -> None:
        """Create the folder if needed; raises OutputError if that fails."""
        _make_directory(self.directory)

    def audio_files(self, place: Place) -> list[Path]:
        """Return the paths of a book's audio files, delivered or not."""
        return [
            self.directory / place.locate(output, output.name) for output in place.manifest.outputs
        ]

    def has(self, place: Place, output: BookOutput) -> bool:
        """Return whether an output was delivered and all its files are still unchanged."""
        known = {
            name: file
            for name, file in self._files.items()
            if (file.batch_id, file.output) == (place.manifest.batch_id, output.name)
        }
        return place.locate(output, output.name) in known and all(map(self._is_ours, known))

    def deliver(
        self, place: Place, output: BookOutput, audio: Path, *, sha256: str, beside: Sequence[Path]
    ) -> list[Path]:
        """Copy the files of a finished output: the audio last, so it shows that all are there.

        Args:
            place: The book's name.
            output: The output.
            audio: Its finished file.
            sha256: Hash of that file, from its result.
            beside: Captions and timings.

        Raises:
            OutputExists: a file of the user's appeared in the meantime.
            OutputError: a file cannot be written, or its bytes are not those that were made.
        """
        delivered = {}
        cover = place.locate_cover()
        covers = [(audio.parent / str(place.manifest.cover), cover)] if cover else []
        named = [(source, place.locate(output, source.name)) for source in (*beside, audio)]
        for source, name in (*covers, *named):
            digest = sha256 if source == audio else _digest(source)
            self._put(source, name, digest)
            delivered[name] = Delivered(
                digest, place.manifest.batch_id, output.name, place.manifest.source
            )
        self._remember(delivered)
        return [self.directory / name for name in delivered]

    def _put(self, source: Path, name: str, sha256: str) -> None:
        target = self.directory / name
        if target.is_file() and _digest(target) == sha256:
            return
        _make_directory(target.parent)
        place_copy(
            source,
            target,
            sha256=sha256,
            remedy="is not the file that was made; delete it and run the same command again",
            overwrite=self._may_replace(name),
        )

    def _may_replace(self, name: str) -> bool:
        return self._overwrite or self._is_ours(name)

    def _is_ours(self, name: str) -> bool:
        known, target = self._files.get(name), self.directory / name
        return known is not None and target.is_file() and _digest(target) == known.sha256

    def _remember(self, delivered: dict[str, Delivered]) -> None:
        # Read the record again: another command may have delivered meanwhile. There is no lock,
        # because network drives often refuse a lock on a directory.
        self._files = _read_record(self.directory) | delivered
        document = {"files": {name: asdict(file) for name, file in sorted(self._files.items())}}
        partial = self.directory / f"{RECORD_NAME}.{os.getpid()}"
        try:
            partial.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
            partial.replace(self.directory / RECORD_NAME)
        except OSError as exc:
            raise OutputError(f"cannot write {str(partial)!r}: {exc.strerror}") from exc


def _check_directory(directory: Path) -> None:
    if directory.exists():
        if not directory.is_dir():
            raise OutputError(f"{str(directory)!r} is a file; -o takes a directory")
        parent = directory
    elif directory.parent.is_dir():
        parent = directory.parent
    else:
        raise OutputError(f"directory {str(directory.parent)!r} does not exist; make it first")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"directory {str(parent)!r} is not writable for you")


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise OutputError(f"cannot make {str(directory)!r}: {exc.strerror}") from exc


def _read_record(directory: Path) -> dict[str, Delivered]:
    path = directory / RECORD_NAME
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {name: Delivered(**fields) for name, fields in files.items()}
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise InputError(
            f"{path}, the record of what was delivered, is damaged; delete it, and give "
            "--overwrite where files beside it may be replaced"
        ) from exc


def _find_stems(name: str) -> Iterator[str]:
    """Yield what may be the `Place.name` of a delivered file's book, in lower case."""
    folder = name.rpartition("/")[0]
    if folder:
        yield folder.casefold()
    suffix = next((each for each in CAPTION_SUFFIXES if name.endswith(each)), Path(name).suffix)
    yield name.removesuffix(suffix).casefold()


def _expected_files(place: Place, made: Path) -> Iterator[tuple[str, Path]]:
    for output in place.manifest.outputs:
        stem = Path(output.name).stem
        suffixes = CAPTION_SUFFIXES if place.manifest.has_captions else ()
        for file_name in (output.name, *(stem + suffix for suffix in suffixes)):
            yield place.locate(output, file_name), made / file_name
    if cover := place.locate_cover():
        yield cover, made / str(place.manifest.cover)


def _is_equal(target: Path, made: Path) -> bool:
    return made.is_file() and _digest(target) == _digest(made)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise OutputError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
