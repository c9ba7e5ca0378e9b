"""Opens a zip from a stranger safely: names, sizes and encryption are checked first.

Nothing is unpacked to disk. Limits hold for the bytes that are read, whatever the zip declares.
"""

import posixpath
import shutil
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import InputError

MAX_ENTRIES = 20_000
"""Most files; a book has some hundreds."""
MAX_RATIO = 200
"""Largest ratio of unpacked to packed size of a file; text has about 3."""
MIN_BOMB_BYTES = 8 * 2**20
"""A smaller file may have any ratio: a page of repeated lines has a high one."""
MAX_UNPACKED_BYTES = 4 * 2**30
"""Largest sum of all files; a book with many pictures stays below 1 GiB."""
MAX_FILE_BYTES = 32 * 2**20
"""Largest file that is read; a novel in a single page has about 2 MiB."""
MAX_READ_BYTES = 256 * 2**20
"""Largest sum of the files that are read."""
_ENCRYPTED_FLAG = 0x1
_OPEN_ERRORS = (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError)
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)


class Archive:
    """An open zip; use `open_archive`."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        """Check the zip's index.

        Raises:
            InputError: too many or too large files, or a name that points outside the zip.
        """
        self.path = path
        self._file = file
        self._read_bytes = 0
        infos = file.infolist()
        if len(infos) > MAX_ENTRIES:
            raise InputError(f"{path} holds {len(infos)} files; no book has over {MAX_ENTRIES}")
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            self._check_size(info)
            self._infos[self._check_name(info.filename)] = info
        if (total := sum(info.file_size for info in infos)) > MAX_UNPACKED_BYTES:
            raise InputError(f"{path} would unpack to {total} bytes; it is not opened")
        self._folded = {name.casefold(): name for name in self._infos}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all files without folders, in the zip's order."""
        return tuple(name for name, info in self._infos.items() if not info.is_dir())

    @property
    def modified(self) -> str:
        """When its newest file was changed, as EPUB writes it."""
        year, month, day, *clock = max(info.date_time for info in self._infos.values())
        hours, minutes, seconds = clock
        # A zip without dates says month 0, day 0.
        return (
            f"{year:04}-{max(1, month):02}-{max(1, day):02}T{hours:02}:{minutes:02}:{seconds:02}Z"
        )

    def find(self, name: str) -> str | None:
        """Return the file's name as the zip spells it, also if `name` differs in case."""
        for form in (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)):
            if form in self._infos:
                return form
        return self._folded.get(name.casefold())

    def is_blank(self, name: str) -> bool:
        """Return whether a file is not there, or has no bytes."""
        found = self.find(name)
        return found is None or not self._infos[found].file_size

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            InputError: it is missing, damaged, encrypted or too large.
        """
        found = self.find(name)
        if found is None:
            raise InputError(f"{self.path} lacks the file {name!r}; the book is damaged")
        info = self._infos[found]
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise InputError(f"{self.path} is protected by a password; give a copy without one")
        try:
            with self._file.open(info) as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except _READ_ERRORS as exc:
            raise InputError(
                f"{name!r} in {self.path} is damaged ({exc}); get the book anew"
            ) from exc
        self._read_bytes += len(data)
        if len(data) > MAX_FILE_BYTES or self._read_bytes > MAX_READ_BYTES:
            raise InputError(f"{name!r} in {self.path} is too large for a book; it is not read")
        return data

    def copy(self, name: str, target: zipfile.ZipFile) -> None:
        """Copy a file, however large, into another zip.

        Raises:
            InputError: it is damaged or encrypted.
        """
        info = self._infos[name]
        copied = zipfile.ZipInfo(name, info.date_time)
        copied.compress_type = zipfile.ZIP_DEFLATED
        copied.external_attr = info.external_attr
        try:
            with self._file.open(info) as source, target.open(copied, "w") as file:
                shutil.copyfileobj(source, file)
        except _READ_ERRORS as exc:
            raise InputError(
                f"{name!r} in {self.path} is damaged ({exc}); get the book anew"
            ) from exc

    def _check_size(self, info: zipfile.ZipInfo) -> None:
        grown = info.file_size > MAX_RATIO * max(info.compress_size, 1)
        if grown and info.file_size > MIN_BOMB_BYTES:
            raise InputError(
                f"{info.filename!r} in {self.path} would grow from {info.compress_size} to "
                f"{info.file_size} bytes; it is a zip bomb and is not opened"
            )

    def _check_name(self, name: str) -> str:
        plain = name.replace("\\", "/")
        if plain.startswith("/") or ".." in plain.split("/") or plain[1:2] == ":":
            raise InputError(
                f"{self.path} holds a file {name!r} that points out of it; it is not opened"
            )
        return posixpath.normpath(plain) + ("/" if plain.endswith("/") else "")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open the zip at `path`.

    Raises:
        InputError: there is none, or it is damaged or harmful.
    """
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError as exc:
        raise InputError(f"there is no file {str(path)!r}; check the name") from exc
    except _OPEN_ERRORS as exc:
        raise InputError(f"{path} is no EPUB: {exc}; get the book anew") from exc
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}") from exc
    with file:
        yield Archive(path, file)
