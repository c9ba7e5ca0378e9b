"""Which output directory is only the working place of an object store.

Readers and writers of finished files are told of a directory. Settings that name a store say here
that the finished files of their directory are in it; without such settings there is none.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from ..errors import UnknownJob
from . import find_file
from .object_store import ObjectStore, StoreAddress, StoredObject

_ADDRESSES: dict[Path, StoreAddress] = {}


def remember_store(output_dir: Path, address: StoreAddress | None) -> None:
    """Note where the finished files of a directory are; None means in itself."""
    if address is None:
        _ADDRESSES.pop(output_dir.absolute(), None)
    else:
        _ADDRESSES[output_dir.absolute()] = address


def find_store(output_dir: Path) -> ObjectStore | None:
    """Return the store of a directory's finished files; None where they are in it.

    Raises:
        StartupError: boto3 is missing.
    """
    address = _ADDRESSES.get(output_dir.absolute())
    return None if address is None else _open(address)


def find_stored(output_dir: Path, output_file: str) -> StoredObject | None:
    """Return the object of a finished file; None where it is in the directory, if anywhere.

    Raises:
        UnknownJob: the files are in a store, and it has none of this name; nor has the directory.
        StoreUnavailable: the store does not answer.
    """
    store = find_store(output_dir)
    if store is None:
        return None
    try:
        return store.find(output_file)
    except UnknownJob:
        find_file(output_dir, output_file)  # made before there was a store
        return None


@contextmanager
def borrow_file(output_dir: Path, output_file: str) -> Iterator[Path]:
    """Yield the path of a finished file; one from a store is fetched, and removed afterwards.

    Raises:
        UnknownJob: there is none.
        StoreUnavailable: the store does not answer.
    """
    store = find_store(output_dir)
    if store is None or find_stored(output_dir, output_file) is None:
        yield find_file(output_dir, output_file)
        return
    # In a folder whose name the janitor knows, should this process be killed.
    folder = output_dir.absolute() / f".{uuid4().hex}.partial"
    try:
        fetched = folder / Path(output_file).name
        store.download(output_file, fetched)
        yield fetched
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sign_file(output_dir: Path, output_file: str) -> str:
    """Return a signed address of a finished file in the store; empty where there is no store.

    Raises:
        StoreUnavailable: there are no credentials to sign with.
    """
    store = find_store(output_dir)
    return store.sign(output_file) if store else ""


@lru_cache(maxsize=8)
def _open(address: StoreAddress) -> ObjectStore:
    return ObjectStore(address)
