"""An S3 store of the tests' own: SeaweedFS over TLS, with a certificate of our authority and one bucket."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ops.certificates import issue, make_authority
from tests.support.binaries import scratch_folder
from tests.support.require import WEED
from tests.support.waiting import free_port, wait_until

START_TIMEOUT = 30.0
BUCKET = "footing-backups"
REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "footing", "only the tests' store has this one"
PORTS = ("s3", "s3.grpc", "master", "master.grpc", "filer", "filer.grpc", "volume", "volume.grpc")
NO_RETRY = Config(
    s3={"addressing_style": "path"}, connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}
)


@dataclass
class Store:
    """One store: where it listens, who may use it, and its life. Path-style addresses only."""

    folder: Path
    ports: dict[str, int]
    host: str = "127.0.0.1"
    bucket: str = BUCKET
    region: str = REGION
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def port(self) -> int:
        """The port of the S3 interface, which speaks TLS only."""
        return self.ports["s3"]

    @property
    def endpoint(self) -> str:
        """The address of the S3 interface."""
        return f"https://{self.host}:{self.port}"

    @property
    def authority(self) -> Path:
        """The certificate by which clients know the store; every account may read it."""
        return self.folder / "ca.crt"

    def environment(self) -> dict[str, str]:
        """Return the standard variables by which an S3 client finds the store and is let in."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_CA_BUNDLE": str(self.authority),
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
        }

    def client(self) -> Any:
        """Return an S3 client that does not try again: for control reads and arrangement."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            verify=str(self.authority),
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=NO_RETRY,
        )

    def keys(self, prefix: str = "") -> list[str]:
        """Return the names of the objects in the bucket."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def start(self) -> None:
        """Start the store on its ports and return once it has its bucket."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(self._has_bucket, START_TIMEOUT, lambda: f"no store; log:\n{self._log_tail()}")

    def stop(self) -> None:
        """Kill the store by its pid, as a crash would; start() goes on with what it kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for name, port in self.ports.items():
            if name.endswith(".grpc"):  # it has no option to put these elsewhere
                Path(f"/tmp/seaweedfs-{name.replace('.', '-')}-{port}.sock").unlink(missing_ok=True)  # noqa: S108

    def _command(self) -> list[str]:
        options = {
            "ip": self.host,
            "dir": str(self.folder / "data"),
            "master.volumeSizeLimitMB": "64",
            "master.telemetry": "false",
            "master.electionTimeout": "1s",  # alone it elects itself, and a restart waits for that
            "volume.preStopSeconds": "0",
            "volume.max": "0",
            "filer": "true",
            "filer.localSocket": str(self.folder / "filer.sock"),
            "s3": "true",
            "s3.localSocket": str(self.folder / "s3.sock"),
            "s3.config": str(self.folder / "identities.json"),
            "s3.cert.file": str(self.folder / "store.crt"),
            "s3.key.file": str(self.folder / "store.key"),
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
        }
        for name, port in self.ports.items():
            process, dot, grpc = name.partition(".")
            options[f"{process}.port{dot}{grpc}"] = str(port)
        return [str(WEED), "server", *(f"-{name}={value}" for name, value in options.items())]

    def _has_bucket(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise RuntimeError(f"the store did not start:\n{self._log_tail()}")
        with contextlib.suppress(BotoCoreError, ClientError):
            client = self.client()
            if self.bucket not in [found["Name"] for found in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=self.bucket)
            client.put_object(Bucket=self.bucket, Key="ready", Body=b"a volume takes it")
            client.delete_object(Bucket=self.bucket, Key="ready")
            return True
        return False

    def _log_tail(self) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-40:])


@contextlib.contextmanager
def running_store() -> Iterator[Store]:
    """Run a store in a folder of its own, and at the end stop it and remove its files."""
    folder = scratch_folder("store-", data=True)
    store = Store(folder, _free_ports())
    try:
        (folder / "data").mkdir()
        issue(make_authority(folder), folder, "store", [store.host, "localhost"])
        (folder / "identities.json").write_text(json.dumps({"identities": [_user(store)]}))
        store.start()
        yield store
    finally:
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _user(store: Store) -> dict[str, Any]:
    return {
        "name": "footing",
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        "credentials": [{"accessKey": store.access_key, "secretKey": store.secret_key}],
    }


def _free_ports() -> dict[str, int]:
    ports: set[int] = set()
    while len(ports) < len(PORTS):
        ports.add(free_port())
    return dict(zip(PORTS, ports, strict=True))
