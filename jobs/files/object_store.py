"""Finished files in an object store that speaks S3; names are those below the output directory.

An object appears whole or not at all: a small one by one request, a large one by the last request
of a multipart upload. What a killed process leaves of that is no object, and is aborted by whoever
uploads the same name next, or by the janitor. boto3 is imported where a store is opened.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import uuid4

from ..errors import OutputExists, StartupError, StoreRefused, StoreUnavailable, UnknownJob

PART_BYTES = 16 << 20
"""Up to this size a file is one request; a larger one goes in parts of this size."""

BLOCK_BYTES = 1 << 18
MAX_DELETED = 1000
"""Objects that one request may name."""

CONTENT_TYPES = {
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "wav": "audio/wav",
    "zip": "application/zip",
}
"""By a name's extension, for those who fetch an object without us."""

CONNECT_SECONDS = 5
READ_SECONDS = 60
ATTEMPTS = 3

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where a store is, and how others reach it."""

    bucket: str
    prefix: str
    """Begins all keys; empty, or ends with a slash."""
    endpoint: str = ""
    """Its address; empty means Amazon's, or that of AWS_ENDPOINT_URL_S3."""
    public_url: str = ""
    """Its address in signed ones; empty means `endpoint`."""
    url_seconds: int = 604_800
    """How long a signed address is good."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What the store says of an object."""

    name: str
    size_bytes: int
    etag: str
    modified_seconds: float
    """When it was written, by the store's clock."""
    age_seconds: float
    """How long ago that was, by the same clock."""
    sha256: str = ""
    """Its digest as it was uploaded; a listing does not tell it."""
    job_id: str = ""
    """Whose it is; a listing does not tell it."""


class ObjectStore:
    """The objects below one prefix of one bucket; safe to use from several threads."""

    def __init__(self, address: StoreAddress) -> None:
        """Prepare to talk to the store; nothing is sent yet.

        Raises:
            StartupError: boto3 is missing, or the address or the machine's AWS settings are wrong.
        """
        self.address = address
        try:
            import boto3
        except ImportError as exc:
            raise StartupError(
                "KTTS_OUTPUT_STORE needs boto3: pip install 'kokoro-tts-processor[s3]'"
            ) from exc
        # At DEBUG it logs what it signs with.
        logging.getLogger("botocore").setLevel(logging.WARNING)
        self._boto3 = boto3
        self._client = self._connect(address.endpoint)
        self._signer = self._connect(address.public_url) if address.public_url else self._client

    def __repr__(self) -> str:
        return f"ObjectStore({self.address})"

    def name_object(self, name: str) -> str:
        """Return the object's own address, for example ``s3://bucket/prefix/a.wav``."""
        return f"s3://{self.address.bucket}/{self._key(name)}"

    def sign(self, name: str, *, method: str = "get_object") -> str:
        """Return an address at which anybody may get the object, for `url_seconds`.

        Raises:
            StoreUnavailable: there are no credentials to sign with.
        """
        with self._errors("sign"):
            signed: str = self._signer.generate_presigned_url(
                method, Params=self._named(name), ExpiresIn=self.address.url_seconds
            )
        return signed

    def head(self, name: str) -> StoredObject | None:
        """Return what is known of an object; None if there is none.

        Raises:
            StoreUnavailable: as all methods here.
        """
        with self._errors("s3:GetObject") as refused:
            answer = self._client.head_object(**self._named(name))
        if refused:
            return None
        metadata = answer["Metadata"]
        return StoredObject(
            name=name,
            size_bytes=answer["ContentLength"],
            etag=answer["ETag"],
            **_read_times(answer["LastModified"], answer),
            sha256=metadata.get("sha256", ""),
            job_id=metadata.get("job-id", ""),
        )

    def find(self, name: str) -> StoredObject:
        """Return what is known of an object.

        Raises:
            UnknownJob: there is none.
        """
        found = self.head(name) if name and "\0" not in name else None
        if found is None:
            raise UnknownJob(f"the file {name!r} is gone; submit the job again with again=true")
        return found

    def list_folder(self, folder: str) -> Iterator[StoredObject]:
        """Yield the objects whose names begin with `folder`, which ends with a slash."""
        with self._errors("s3:ListBucket"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.address.bucket, Prefix=self._key(folder)
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    yield StoredObject(
                        name=item["Key"].removeprefix(self.address.prefix),
                        size_bytes=item["Size"],
                        etag=item["ETag"],
                        **_read_times(item["LastModified"], page),
                    )

    def read(self, name: str) -> bytes | None:
        """Return a small object's bytes; None if there is none."""
        with self._errors("s3:GetObject") as refused:
            data: bytes = self._client.get_object(**self._named(name))["Body"].read()
        return None if refused else data

    def read_range(self, name: str, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `end` of an object in pieces.

        Raises:
            StoreUnavailable: it is gone, or broke off: less than that was yielded.
        """
        if start >= end:
            return
        count = 0
        with self._errors("s3:GetObject") as refused:
            span = f"bytes={start}-{end - 1}"
            answer = self._client.get_object(**self._named(name), Range=span)
            for block in answer["Body"].iter_chunks(BLOCK_BYTES):
                count += len(block)
                yield block
        if refused or count != end - start:
            raise StoreUnavailable(f"{self.name_object(name)} broke off after {count} bytes")

    def download(self, name: str, path: Path) -> StoredObject:
        """Write an object to `path`, whole or not at all, and compare it with its digest.

        Raises:
            UnknownJob: there is none.
            StoreUnavailable: or it is not what was uploaded.
            OSError: it cannot be written.
        """
        found = self.find(name)
        partial = path.with_name(f".{uuid4().hex}.partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            with partial.open("wb") as file:
                for block in self.read_range(name, 0, found.size_bytes):
                    digest.update(block)
                    file.write(block)
            if found.sha256 not in {"", digest.hexdigest()}:
                raise StoreUnavailable(f"{self.name_object(name)} is not what was uploaded")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return found

    def write(self, name: str, data: bytes, *, job_id: str = "") -> None:
        """Put a small object in place of what is there."""
        how = _describe(name, hashlib.sha256(data).hexdigest(), job_id)
        with self._errors("s3:PutObject"):
            self._client.put_object(**self._named(name), Body=data, **how)

    def upload(
        self,
        name: str,
        path: Path,
        *,
        sha256: str,
        job_id: str,
        watch: Callable[[], None] = lambda: None,
        replaces: bool = True,
    ) -> None:
        """Put a file in place of what is there, whole or not at all.

        Args:
            name: Of the object.
            path: The file.
            sha256: Its digest.
            job_id: Whose it is.
            watch: Called before each part of a large file; it may raise.
            replaces: Whether other content may be there.

        Raises:
            OutputExists: something is there that may not be replaced.
            StoreUnavailable: it could not be uploaded; what was there still is.
        """
        how = _describe(name, sha256, job_id)
        try:
            self._upload(name, path, how, watch, {} if replaces else {"IfNoneMatch": "*"})
        except StoreUnavailable as exc:
            if replaces or "NotImplemented" not in str(exc):
                raise
            self._upload(name, path, how, watch, {})

    def delete(self, names: Collection[str]) -> None:
        """Delete objects; those that are not there are no fault."""
        keys = [{"Key": self._key(name)} for name in names]
        with self._errors("s3:DeleteObject"):
            for start in range(0, len(keys), MAX_DELETED):
                step = {"Objects": keys[start : start + MAX_DELETED], "Quiet": True}
                answer = self._client.delete_objects(Bucket=self.address.bucket, Delete=step)
                for error in answer.get("Errors", ()):
                    raise self._refusal(error.get("Code", ""), "s3:DeleteObject")

    def abort_uploads(self, name: str = "", *, min_age_seconds: float = 0.0) -> int:
        """Abort what killed processes have left of uploads of `name`, or of all; return how many.

        Nothing is aborted where the store or its policy has no such listing.
        """
        count = 0
        with suppress(StoreUnavailable), self._errors("s3:ListBucketMultipartUploads"):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.address.bucket, Prefix=self._key(name)
            )
            for page in pages:
                for item in page.get("Uploads", ()):
                    age = _read_times(item["Initiated"], page)["age_seconds"]
                    if (item["Key"] != self._key(name) and name) or age < min_age_seconds:
                        continue
                    self._abort(item["Key"], item["UploadId"])
                    count += 1
        return count

    def check(self, *, writes: bool = False) -> None:
        """Ask for one name and, with `writes`, put and delete an object.

        Raises:
            StoreUnavailable: it does not answer; or StoreRefused.
        """
        with self._errors("s3:ListBucket"):
            self._client.list_objects_v2(
                Bucket=self.address.bucket, Prefix=self.address.prefix, MaxKeys=1
            )
        if writes:
            name = f".check-{uuid4().hex}"
            self.write(name, b"A worker has looked whether it may write here.\n")
            self.delete([name])

    def _upload(
        self,
        name: str,
        path: Path,
        how: Mapping[str, Any],
        watch: Callable[[], None],
        condition: Mapping[str, str],
    ) -> None:
        with path.open("rb") as file, self._errors("s3:PutObject", taken=name):
            if path.stat().st_size <= PART_BYTES:
                self._client.put_object(**self._named(name), Body=file, **how, **condition)
            else:
                self._upload_parts(name, file, how, watch, condition)

    def _upload_parts(
        self,
        name: str,
        file: BinaryIO,
        how: Mapping[str, Any],
        watch: Callable[[], None],
        condition: Mapping[str, str],
    ) -> None:
        self.abort_uploads(name)
        named = self._named(name)
        upload_id = self._client.create_multipart_upload(**named, **how)["UploadId"]
        try:
            parts: list[dict[str, Any]] = []
            while block := file.read(PART_BYTES):
                watch()
                number = len(parts) + 1
                answer = self._client.upload_part(
                    **named, UploadId=upload_id, PartNumber=number, Body=block
                )
                checks = {key: answer[key] for key in answer if key.startswith("Checksum")}
                checks.pop("ChecksumType", None)
                parts.append({"PartNumber": number, "ETag": answer["ETag"], **checks})
            self._client.complete_multipart_upload(
                **named, UploadId=upload_id, MultipartUpload={"Parts": parts}, **condition
            )
        except BaseException:
            self._abort(named["Key"], upload_id)
            raise

    def _abort(self, key: str, upload_id: str) -> None:
        with suppress(StoreUnavailable), self._errors("s3:AbortMultipartUpload"):
            self._client.abort_multipart_upload(
                Bucket=self.address.bucket, Key=key, UploadId=upload_id
            )

    def _key(self, name: str) -> str:
        return self.address.prefix + name

    def _named(self, name: str) -> dict[str, Any]:
        return {"Bucket": self.address.bucket, "Key": self._key(name)}

    def _connect(self, endpoint: str) -> Any:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        region = os.environ.get("AWS_REGION") or None
        has_own_host = endpoint or any(map(os.environ.get, _ENDPOINT_VARIABLES))
        try:
            session = self._boto3.session.Session(region_name=region)
            return session.client(
                "s3",
                endpoint_url=endpoint or None,
                region_name=session.region_name or "us-east-1",
                config=Config(
                    signature_version="s3v4",
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    # A bucket is no host name where the store has one host.
                    s3={"addressing_style": "path" if has_own_host else "auto"},
                ),
            )
        except (BotoCoreError, ValueError) as exc:
            raise StartupError(f"the object store cannot be opened: {exc}") from exc

    @contextmanager
    def _errors(self, right: str, *, taken: str = "") -> Iterator[list[str]]:
        """Turn the library's errors into ours; the list tells that there is no such object.

        Args:
            right: What the key must be allowed to.
            taken: Name that may be taken by somebody else.
        """
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        absent: list[str] = []
        try:
            yield absent
        except ClientError as exc:
            error = exc.response.get("Error", {})
            code = str(error.get("Code", ""))
            if taken and code in _TAKEN:
                raise OutputExists(
                    f"{self.name_object(taken)} already holds other content; choose another "
                    "output name, or ask for overwrite"
                ) from None
            if code not in _ABSENT or right in _NEVER_ABSENT:
                raise self._refusal(code, right, exc.response) from exc
            absent.append(code)
        except (BotoCoreError, HTTPError) as exc:
            raise self._failure(exc) from exc

    def _refusal(
        self, code: str, right: str, response: Mapping[str, Any] | None = None
    ) -> StoreUnavailable:
        status = (response or {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        advice = _ADVICE.get(code, _ADVICE.get(str(status), ""))
        answer = f"the object store {self.address} answers {code or status}"
        if not advice:  # SlowDown, InternalError: they pass
            return StoreUnavailable(f"{answer} to {right}; try again later")
        return StoreRefused(f"{answer}: {advice.format(bucket=self.address.bucket, right=right)}")

    def _failure(self, exc: Exception) -> StoreUnavailable:
        kind = type(exc).__name__
        if kind in {"NoCredentialsError", "PartialCredentialsError"}:
            return StoreRefused(
                f"there is no key for the object store {self.address}: set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE"
            )
        if kind == "ParamValidationError":
            return StoreRefused(f"the object store {self.address} cannot be named so: {exc}")
        place = self.address.endpoint or "Amazon's address"
        return StoreUnavailable(
            f"the object store {self.address} does not answer at {place} ({kind}); check "
            "KTTS_OUTPUT_STORE_ENDPOINT and the way there"
        )


_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")

_NEVER_ABSENT = frozenset({"s3:ListBucket", "s3:PutObject", "s3:DeleteObject"})

_WRONG_KEY = "its secret is not that of the key; compare AWS_SECRET_ACCESS_KEY"
_ADVICE = {
    "NoSuchBucket": "there is no bucket {bucket!r}; make it, or correct KTTS_OUTPUT_STORE",
    "404": "there is no bucket {bucket!r}; make it, or correct KTTS_OUTPUT_STORE",
    "InvalidBucketName": "no bucket can be called {bucket!r}; correct KTTS_OUTPUT_STORE",
    "InvalidAccessKeyId": "it does not know this key; correct AWS_ACCESS_KEY_ID",
    "InvalidClientTokenId": "it does not know this key; correct AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": _WRONG_KEY,
    "InvalidToken": "the session token is wrong; renew AWS_SESSION_TOKEN",
    "ExpiredToken": "the session token has expired; renew AWS_SESSION_TOKEN",
    "AccessDenied": "the key may not {right} here; docs/storage.md has the rights that it needs",
    "AllAccessDisabled": "the bucket {bucket!r} is closed",
    "403": "the key is wrong, or may not {right} here; docs/storage.md has the rights",
    "RequestTimeTooSkewed": "this machine's clock is wrong by many minutes; set it",
    "PermanentRedirect": "the bucket is in another region; set AWS_REGION",
    "AuthorizationHeaderMalformed": "the bucket is in another region; set AWS_REGION",
    "301": "the bucket is in another region, or the endpoint is not its own; set AWS_REGION",
}
"""By the code of an answer, or by its HTTP status: what is wrong, so that waiting is no help."""


def parse_store(
    place: str, *, endpoint: str = "", public_url: str = "", url_seconds: int = 604_800
) -> StoreAddress:
    """Read where a store is.

    Raises:
        ValueError: it is no address of a store; the message does not repeat it, as it may hold a
            key.
    """
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("it must be s3://bucket or s3://bucket/prefix")
    if "@" in parts.netloc or ":" in parts.netloc or "?" in place or "#" in place:
        raise ValueError("it must hold bucket and prefix alone; keys come by AWS's own variables")
    steps = [step for step in parts.path.split("/") if step]
    if any(step in {".", ".."} or not step.isprintable() for step in steps):
        raise ValueError("its prefix must be plain names between slashes")
    for name, url in (("ENDPOINT", endpoint), ("PUBLIC_URL", public_url)):
        there = urlsplit(url)
        if url and (there.scheme not in {"http", "https"} or not there.hostname or "@" in url):
            raise ValueError(f"KTTS_OUTPUT_STORE_{name} must be http:// or https:// and a host")
        if there.query or there.fragment:
            raise ValueError(f"KTTS_OUTPUT_STORE_{name} must have no query")
    prefix = "".join(f"{step}/" for step in steps)
    return StoreAddress(
        parts.netloc, prefix, endpoint.rstrip("/"), public_url.rstrip("/"), url_seconds
    )


def _describe(name: str, sha256: str, job_id: str) -> dict[str, Any]:
    kind = CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return {"Metadata": {"sha256": sha256, "job-id": job_id}, "ContentType": kind}


def _read_times(moment: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return when that was and how long ago, both by the store's clock: ours may be wrong."""
    written = moment.timestamp()
    stated = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    now = written
    with suppress(ValueError, TypeError):
        now = parsedate_to_datetime(stated).timestamp()
    return {"modified_seconds": written, "age_seconds": max(0.0, now - written)}
