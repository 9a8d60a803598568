"""Ends what a process started, when that process is killed without a chance to do it.

The supervisor forks a guardian and tells it through a pipe which process groups it started.
The kernel closes the pipe however the supervisor dies; the guardian then ends the groups.
It works on every Unix, reaches grandchildren (the server behind the code reloader), and
adds to the Linux-only signal of `dev.processes.dying_with_parent`.
"""

import contextlib
import os
import signal

from dev.processes import wait_until

SECONDS = 5  # to end in order before the kill


class Guardian:
    """Must be made before any thread is started, because it forks."""

    def __init__(self) -> None:
        reading, self._pipe = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._pipe)
            _guard(reading)
            os._exit(0)
        os.close(reading)

    def watch(self, group: int) -> None:
        os.write(self._pipe, f"+{group}\n".encode())

    def forget(self, group: int) -> None:
        """Its number may be used again by others from now on."""
        os.write(self._pipe, f"-{group}\n".encode())

    def dismiss(self) -> None:
        """Let it end, and wait for that."""
        os.close(self._pipe)
        os.waitpid(self._pid, 0)


def end_group(group: int, seconds: float) -> None:
    """Ask every process of the group to end, and kill what is left after `seconds`."""
    if _signal(group, signal.SIGTERM) and not wait_until(
        lambda: not _signal(group, 0), seconds
    ):
        _signal(group, signal.SIGKILL)


def _guard(pipe: int) -> None:
    os.setsid()  # out of reach of Ctrl-C
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    # Or who reads the output of the supervisor would wait for its end in vain.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    groups: set[int] = set()
    with os.fdopen(pipe) as lines:
        for line in lines:
            group = int(line[1:])
            (groups.add if line[0] == "+" else groups.discard)(group)
    for group in groups:
        end_group(group, SECONDS)


def _signal(group: int, signum: int) -> bool:
    """Whether there was such a group to send it to (macOS refuses one of zombies)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signum)
        return True
    return False
