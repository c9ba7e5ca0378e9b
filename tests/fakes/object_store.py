"""An object store that speaks S3 over HTTP: moto's server, with a bucket, on this machine."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import boto3
import moto.settings
from moto.server import ThreadedMotoServer

KEYS = {
    "AWS_ACCESS_KEY_ID": "posed-key",
    "AWS_SECRET_ACCESS_KEY": "posed-secret-never-shown",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
"""What a client's environment holds."""


class PosedStore:
    """The server, which can be stopped and started again with all that it holds, and one bucket."""

    def __init__(self) -> None:
        """Start it on a free port."""
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.bucket = f"bucket-{uuid4().hex[:12]}"
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._server: ThreadedMotoServer | None = None
        self.start()
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.client.create_bucket(Bucket=self.bucket)

    def start(self) -> None:
        """Answer from now on."""
        if self._server is not None:
            return
        self._server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        """Answer no more; what is stored stays."""
        if self._server is not None:
            self._server.stop()
        self._server = None

    def new_bucket(self) -> None:
        """Go on with an empty bucket."""
        self.bucket = f"bucket-{uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=self.bucket)

    @contextmanager
    def reader(self) -> Iterator[dict[str, str]]:
        """Check rights until the block ends; yield a key that may list the bucket and no more."""
        iam = boto3.client(
            "iam",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        name = f"reader-{uuid4().hex[:8]}"
        allowed = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="list", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        unchecked = moto.settings.INITIAL_NO_AUTH_ACTION_COUNT
        moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        try:
            yield {
                "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            }
        finally:
            moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = unchecked

    @property
    def settings(self) -> dict[str, str]:
        """What names it in settings, with a prefix."""
        place = f"s3://{self.bucket}/speech"
        return {"output_store": place, "output_store_endpoint": self.endpoint}

    @property
    def environment(self) -> dict[str, str]:
        """What names it in a process's environment."""
        return KEYS | {f"KTTS_{name.upper()}": value for name, value in self.settings.items()}

    def names(self) -> list[str]:
        """Return the keys of all objects in the bucket."""
        found = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return sorted(item["Key"] for item in found)

    def uploads(self) -> list[str]:
        """Return the keys of the multipart uploads that have not ended."""
        found = self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())
        return [item["Key"] for item in found]

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        data: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return data


class CountingProxy:
    """Passes bytes on to a store; once a client has sent so many, `on_count` is called."""

    def __init__(self, port: int, count: int, on_count: Callable[[], None]) -> None:
        """Listen on a free port until closed."""
        self._target, self._left, self._on_count = port, count, on_count
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
                back.start()
                threading.Thread(target=self._pump, args=(near, far, back), daemon=True).start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, other: threading.Thread | None = None
    ) -> None:
        """Pass bytes on; with `other`, which passes the answers, they are counted."""
        counts = other is not None
        with suppress(OSError):
            while block := source.recv(1 << 14):
                if counts and 0 <= self._left < len(block):
                    sink.sendall(block[: self._left])
                    self._left = -1
                    self._on_count()
                    break
                self._left -= len(block) if counts and self._left >= 0 else 0
                sink.sendall(block)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        if other is not None:
            other.join()
            source.close()
            sink.close()
