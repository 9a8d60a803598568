"""Every object of the fake, in SQLite: in memory, or in a file that survives kill -9.

Objects are plain dicts in Stripe's shape. Keys that start with `_` are the fake's own
and never leave it. `_due_at` (unix seconds) says when the object wants to be looked at.

A transaction is a unit of work: within it the same id always gives the same dict, and
what was changed in the dicts is written when it ends, all of it or nothing.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakestripe.state.schema import SCHEMA, TABLES

Object = dict[str, Any]
Condition = tuple[str, tuple[Any, ...]]
"""SQL over a row of `objects`, and its arguments."""


def equals(field: str, value: object) -> Condition:
    """The field (dots reach inwards) has this value; `field` comes from code only."""
    if value is None:
        return f"json_extract(body, '$.{field}') IS NULL", ()
    return f"json_extract(body, '$.{field}') = ?", (value,)


def one_of(field: str, values: Iterable[object]) -> Condition:
    values = tuple(values)
    marks = ", ".join("?" * len(values))
    return f"json_extract(body, '$.{field}') IN ({marks})", values


def differs(field: str, value: object) -> Condition:
    return f"json_extract(body, '$.{field}') IS NOT ?", (value,)


class Store:
    def __init__(self, path: Path | str | None = None) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(
            str(path) if path else ":memory:",
            isolation_level=None,
            check_same_thread=False,
            # Another process has the file: wait for its end, but not for long.
            timeout=1.0,
        )
        # One process at a time: two would deliver everything twice.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        # With a log ahead of the file, a killed process loses no finished transaction.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._loaded: dict[str, tuple[Object, str]] = {}
        self._is_open = False

    def close(self) -> None:
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; inside another one it just joins it."""
        with self.lock:
            if self._is_open:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._is_open = True
            try:
                yield
                self._flush()
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            finally:
                self._is_open = False
                self._loaded.clear()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Inside a transaction: what happens within is undone at its end.

        Objects got before must not be changed any more after it.
        """
        self._flush()
        self._db.execute("SAVEPOINT rehearsal")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK TO rehearsal")
            self._db.execute("RELEASE rehearsal")
            self._loaded.clear()

    def add(self, obj: Object) -> Object:
        """Keep a new object; from now on changes of the dict are kept too."""
        body = json.dumps(obj)
        self._db.execute(
            "INSERT INTO objects (id, kind, due_at, body) VALUES (?, ?, ?, ?)",
            (obj["id"], obj["object"], obj.get("_due_at"), body),
        )
        self._loaded[obj["id"]] = (obj, body)
        return obj

    def get(self, id_: str) -> Object | None:
        if id_ in self._loaded:
            return self._loaded[id_][0]
        row = self._db.execute(
            "SELECT id, body FROM objects WHERE id = ?", (id_,)
        ).fetchone()
        return self._load(row) if row else None

    def find(
        self,
        kind: str,
        *conditions: Condition,
        oldest_first: bool = False,
        limit: int | None = None,
    ) -> list[Object]:
        """Newest first, as Stripe lists, unless asked otherwise; no deleted ones."""
        self._flush(kind)
        lives = "json_extract(body, '$.deleted') IS NULL"
        where = " AND ".join(["kind = ?", lives, *(sql for sql, _ in conditions)])
        arguments = [kind, *(value for _, values in conditions for value in values)]
        order = "ASC" if oldest_first else "DESC"
        rows = self._db.execute(
            f"SELECT id, body FROM objects WHERE {where} ORDER BY seq {order} LIMIT ?",
            [*arguments, -1 if limit is None else limit],
        ).fetchall()
        return [self._load(row) for row in rows]

    def first_due(self, moment: float) -> Object | None:
        """The object that has waited longest for its `_due_at`, up to `moment`."""
        self._flush()
        row = self._db.execute(
            "SELECT id, body FROM objects WHERE due_at <= ?"
            " ORDER BY due_at, seq LIMIT 1",
            (moment,),
        ).fetchone()
        return self._load(row) if row else None

    def execute(self, sql: str, arguments: Iterable[object] = ()) -> sqlite3.Cursor:
        """For the tables that hold no objects."""
        return self._db.execute(sql, tuple(arguments))

    def fact(self, name: str) -> str | None:
        row = self.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        self.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def clear(self) -> None:
        """Forget everything."""
        for table in TABLES:
            self.execute(f"DELETE FROM {table}")
        self._loaded.clear()

    def _load(self, row: tuple[str, str]) -> Object:
        id_, body = row
        if id_ not in self._loaded:
            self._loaded[id_] = (json.loads(body), body)
        return self._loaded[id_][0]

    def _flush(self, kind: str | None = None) -> None:
        # A question about one kind needs only the changes of that kind.
        for id_, (obj, before) in self._loaded.items():
            if kind and obj["object"] != kind:
                continue
            body = json.dumps(obj)
            if body != before:
                self._db.execute(
                    "UPDATE objects SET body = ?, due_at = ?, kind = ? WHERE id = ?",
                    (body, obj.get("_due_at"), obj["object"], id_),
                )
                self._loaded[id_] = (obj, body)
