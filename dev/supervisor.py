"""Runs the processes of development side by side, and ends all of them together.

Why not honcho: it starts everything at once and knows nothing of an order (the database
before the server), of a server that answers, or of its own death by `kill -9`.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from dev.guardian import Guardian, end_group
from dev.processes import dying_with_parent, wait_until

STOP_SECONDS = 10
LINES_KEPT = 200
COLORS = (36, 32, 35, 33)  # cyan, green, magenta, yellow, as terminals number them


class ChildEnded(Exception):
    """A process that should have gone on has ended; its output was shown."""


@dataclass
class Child:
    """A process in a group of its own, and the thread that shows its output."""

    name: str
    process: subprocess.Popen[bytes]
    prefix: str = ""  # "" for one whose output is only kept
    said: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    printer: threading.Thread | None = None

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def hear_out(self) -> None:
        """Until its last line is shown; a process that left its group may hold the end up."""
        if self.printer is not None:
            self.printer.join(STOP_SECONDS)


class Supervisor:
    def __init__(self, guardian: Guardian) -> None:
        self._guardian = guardian
        self._children: list[Child] = []
        self._printing = threading.Lock()

    def start(self, name: str, *command: str, shown: bool = True) -> Child:
        """Start `python *command`; each line of its output is shown behind its name."""
        process = subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A session of its own: Ctrl-C reaches us alone, and we end it in order.
            start_new_session=True,
            preexec_fn=dying_with_parent(),
        )
        self._guardian.watch(process.pid)
        prefix = self._prefix(name, len(self._children)) if shown else ""
        child = Child(name, process, prefix)
        child.printer = threading.Thread(target=self._listen, args=[child], daemon=True)
        child.printer.start()
        self._children.append(child)
        return child

    def finish(self, name: str, *command: str, shown: bool = True) -> str:
        """Start a child that has an end and wait for it; what it said.

        Raises:
            ChildEnded: it failed.
        """
        child = self.start(name, *command, shown=shown)
        status = child.process.wait()
        self._remove(child)
        said = "\n".join(child.said)
        if status != 0:
            hidden = "" if shown else f"\n{said}"
            raise ChildEnded(f"{name} failed with exit code {status}.{hidden}")
        return said

    def wait_for(
        self, child: Child, answers: Callable[[], bool], seconds: float
    ) -> None:
        """Until `answers()`; raises ChildEnded if the child ends first or is too slow."""
        if not wait_until(lambda: child.ended or answers(), seconds) or child.ended:
            if child.ended:
                self._bury(child)
            raise ChildEnded(f"{child.name} did not start; its output is above.")

    def check(self) -> None:
        """Raises ChildEnded for one that has ended."""
        for child in self._children:
            if child.ended:
                self._bury(child)
                status = child.process.returncode
                raise ChildEnded(f"{child.name} ended with exit code {status}.")

    def stop(self) -> None:
        """End all, the last started first; none is left when this returns."""
        for child in reversed(self._children):
            child.process.terminate()
        for child in list(reversed(self._children)):
            self._remove(child)

    def _remove(self, child: Child) -> None:
        # Reaped while we wait, or the group would never look empty.
        wait_until(lambda: child.ended, STOP_SECONDS)
        self._bury(child)
        self._guardian.forget(child.process.pid)
        self._children.remove(child)

    def _bury(self, child: Child) -> None:
        """End what is left of its group, which would hold its output open; show the rest."""
        end_group(child.process.pid, STOP_SECONDS)
        child.process.wait()
        child.hear_out()

    def _prefix(self, name: str, number: int) -> str:
        text = f"{name:<7}| "
        if not sys.stdout.isatty():
            return text
        return f"\033[{COLORS[number % len(COLORS)]}m{text}\033[0m"

    def _listen(self, child: Child) -> None:
        for line in child.process.stdout or ():
            text = line.decode(errors="replace").rstrip()
            child.said.append(text)
            if child.prefix:
                with self._printing:
                    print(child.prefix + text, flush=True)
