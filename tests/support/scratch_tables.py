"""Ready-made scratch migrations: each makes a schema with one table, and undoes it completely."""


def tables(*numbers: int) -> dict[str, str]:
    """Return files such as migrations/0001_create_s1.sql, which makes schema s1 with table s1.t."""
    files = {}
    for number in numbers:
        stem = f"migrations/{number:04}_create_s{number}"
        files[f"{stem}.sql"] = f"CREATE SCHEMA s{number};\nCREATE TABLE s{number}.t (x int);\n"
        files[f"{stem}.rollback.sql"] = (
            f"-- Reverses {number:04}_create_s{number}.\n"
            "--\n"
            f"-- Loses: table s{number}.t\n"
            "\n"
            f"DROP TABLE s{number}.t;\n"
            f"DROP SCHEMA s{number};\n"
        )
    return files


def concurrent_index(number: int, table: str = "s1.t", column: str = "x") -> dict[str, str]:
    """Return a file that builds an index CONCURRENTLY, and the one that drops it."""
    schema, name = table.split(".")
    index = f"idx_{name}_{column}"
    stem = f"indexes/{number:04}_index_{name}_{column}"
    return {
        f"{stem}.sql": (
            f"-- {number:04}_index_{name}_{column}\n"
            "-- transactional: false\n"
            "\n"
            f"CREATE INDEX CONCURRENTLY {index} ON {table} ({column});\n"
        ),
        f"{stem}.rollback.sql": (
            f"-- Reverses {number:04}_index_{name}_{column}.\n"
            "-- transactional: false\n"
            "-- Loses: nothing\n"
            "\n"
            f"DROP INDEX CONCURRENTLY {schema}.{index};\n"
        ),
    }
