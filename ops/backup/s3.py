"""Sets of files in a bucket of any S3 store. An upload that is interrupted makes no object.

The store and the keys are those of the usual AWS_* variables and files: AWS_ENDPOINT_URL_S3, AWS_CA_BUNDLE,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.backup.places import MANIFEST, Readable, missing
from runner.errors import Exit, RunnerError

try:
    import boto3
    from boto3.exceptions import Boto3Error
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    raise RunnerError.usage(
        "the S3 client is not installed", "pip install 'footing[backup]', in a checkout '.[backup]'"
    ) from None

_SMALLEST_PART = 16 << 20  # bytes; one part is in memory at a time
_MOST_PARTS = 10_000  # of one object, by the protocol
_SETTINGS = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    request_checksum_calculation="when_required",  # other stores than Amazon's may refuse the rest
    response_checksum_validation="when_required",  # what is read is compared with our own SHA-256
)


class Bucket:
    """Sets as prefixes: s3://bucket/prefix/NAME/file."""

    def __init__(self, where: str, names: re.Pattern[str]) -> None:
        """Keep sets under s3://bucket/prefix; the bucket must be there."""
        bucket, _, prefix = where.removeprefix("s3://").partition("/")
        self.where, self._names, self._bucket = where.rstrip("/"), names, bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        with self._told():
            self._client: Any = boto3.client("s3", config=_SETTINGS)

    def put(self, name: str, file: str, source: Readable, at_most: int) -> None:
        """Upload a file while it is read; a part that fails is tried again, then all of it is given up."""
        part = max(_SMALLEST_PART, 2 * at_most // _MOST_PARTS)
        parts = TransferConfig(multipart_threshold=part, multipart_chunksize=part, use_threads=False)
        with self._told():
            self._client.upload_fileobj(source, self._bucket, self._key(name, file), Config=parts)

    @contextmanager
    def open(self, name: str, file: str) -> Iterator[Readable]:
        """Read an object."""
        with self._told():
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._key(name, file))
            except self._client.exceptions.NoSuchKey:
                raise missing(self.where, name, file) from None
            yield found["Body"]

    def local(self, name: str) -> Path | None:
        """Return None: nothing of it is on this machine."""
        return None

    def finish(self, name: str, manifest: bytes) -> None:
        """Put the manifest, which is small enough to be there at once or not at all."""
        with self._told():
            self._client.put_object(Bucket=self._bucket, Key=self._key(name, MANIFEST), Body=manifest)

    def finished(self) -> list[str]:
        """Return the prefixes that have a manifest."""
        return sorted({name for name, file in self._objects() if file == MANIFEST})

    def unfinished(self) -> list[str]:
        """Return the prefixes without a manifest, and those with an upload that nobody completed."""
        begun = {name for name, _ in self._objects()} | {name for name, _, _ in self._uploads()}
        return sorted(begun - set(self.finished()))

    def remove(self, name: str) -> None:
        """Delete the manifest, then the other objects, then what was uploaded of one."""
        with self._told():
            files = sorted(
                (file for found, file in self._objects() if found == name),
                key=lambda file: file != MANIFEST,
            )
            for file in files:
                self._client.delete_object(Bucket=self._bucket, Key=self._key(name, file))
            for found, key, upload in self._uploads():
                if found == name:
                    self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)

    def _key(self, name: str, file: str) -> str:
        return f"{self._prefix}{name}/{file}"

    def _objects(self) -> Iterator[tuple[str, str]]:
        """Yield each object of a set: the set's name, and the file's."""
        with self._told():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Contents", ()):
                    name, _, file = found["Key"].removeprefix(self._prefix).partition("/")
                    if file and self._names.fullmatch(name):
                        yield name, file

    def _uploads(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is being uploaded or was given up: the set's name, the key, and the upload."""
        with self._told():
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Uploads", ()):
                    name = found["Key"].removeprefix(self._prefix).partition("/")[0]
                    if self._names.fullmatch(name):
                        yield name, found["Key"], found["UploadId"]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the store refuses, and its silence, into words."""
        try:
            yield
        except ClientError as error:
            said = error.response.get("Error", {})
            text = f"{self.where}: the store refused: {said.get('Code')} {said.get('Message', '')}".strip()
            raise RunnerError(
                Exit.CONNECTION, "store", text, "check the bucket, the keys and what they are allowed to do"
            ) from None
        except (BotoCoreError, Boto3Error, OSError) as error:
            raise RunnerError(
                Exit.CONNECTION,
                "store",
                f"{self.where}: {error}",
                "check AWS_ENDPOINT_URL_S3, AWS_CA_BUNDLE and the keys, and that the store is up; "
                "what was there before is untouched",
            ) from None
