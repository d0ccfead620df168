"""What may have happened to a repository unseen, done to it on purpose: each must turn a drill red."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ops.backup import pgbackrest
from tools.drill.world import World

_OTHER_KEY = "another key, as long as one has to be, and not this one's"


def missing_wal(world: World) -> None:
    """Delete a WAL segment after the newest backup that has others behind it."""
    stop = world.backed.backups()[-1]["archive"]["stop"]
    later = [key for key in sorted(world.store.keys()) if "/archive/" in f"/{key}" and _segment(key) > stop]
    assert len(later) > 2, f"too little WAL to lose some of: {later}"  # noqa: S101, PLR2004
    _delete(world, [later[len(later) // 2 - 1]])


def flipped_bit(world: World) -> None:
    """Flip one bit in the middle of the largest file that the newest full backup stored."""
    client, bucket = world.store.client(), world.store.bucket
    full = world.backed.backups()[-1]["label"].partition("_")[0]
    bodies = {
        key: client.get_object(Bucket=bucket, Key=key)["Body"].read()
        for key in world.store.keys()  # noqa: SIM118 (a method)
        if f"/{full}/" in key and "manifest" not in key
    }
    key, body = max(bodies.items(), key=lambda item: len(item[1]))
    damaged = bytearray(body)
    damaged[len(damaged) // 2] ^= 1
    client.put_object(Bucket=bucket, Key=key, Body=bytes(damaged))


def empty_bucket(world: World) -> None:
    """Delete everything."""
    _delete(world, world.store.keys())


def wrong_key(world: World) -> None:
    """Configure another key than the repository was made with."""
    world.backed.reconfigure(FOOTING_BACKUP_CIPHER_KEY=_OTHER_KEY)


def expired_chain(world: World) -> None:
    """Delete the full backup that the newest one, a differential, rests upon."""
    newest = pgbackrest.backups()[-1].label
    full, _, depends = newest.partition("_")
    assert depends, f"{newest} rests upon nothing"  # noqa: S101
    _delete(world, [key for key in world.store.keys() if f"/{full}/" in key])  # noqa: SIM118 (a method)


SABOTAGES: dict[str, Callable[[World], None]] = {
    "missing-wal": missing_wal,
    "flipped-bit": flipped_bit,
    "empty-bucket": empty_bucket,
    "wrong-key": wrong_key,
    "expired-chain": expired_chain,
}


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Put back at the end what was done to the repository meanwhile."""
    client, bucket = world.store.client(), world.store.bucket
    kept = {
        key: client.get_object(Bucket=bucket, Key=key)["Body"].read()
        for key in world.store.keys()  # noqa: SIM118 (a method)
    }
    try:
        yield
    finally:
        world.backed.reconfigure()
        _delete(world, [key for key in world.store.keys() if key not in kept])  # noqa: SIM118
        for key, body in kept.items():
            client.put_object(Bucket=bucket, Key=key, Body=body)


def _segment(key: str) -> str:
    return key.rpartition("/")[2].partition("-")[0]


def _delete(world: World, keys: list[str]) -> None:
    client = world.store.client()
    for key in keys:
        client.delete_object(Bucket=world.store.bucket, Key=key)
