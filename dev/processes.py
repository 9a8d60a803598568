"""Small facts about processes and ports: who lives, who dies with whom, what is free."""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from subprocess import Popen, TimeoutExpired

import psutil

HOST = "127.0.0.1"
PR_SET_PDEATHSIG = 1  # prctl(2), Linux only
# Loaded here, because between fork and exec nothing may be imported.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def dying_with_parent(signum: int = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `signum` when its parent dies, however it dies.

    Linux only; elsewhere it does nothing, and `dev.guardian` does the work alone.
    """
    parent = os.getpid()

    def arrange() -> None:
        if _prctl is None:
            return
        _prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os.kill(os.getpid(), signum)

    return arrange


def end(process: Popen[bytes], signals: list[int], seconds: float) -> None:
    """Send each signal in turn until the process is gone, waiting `seconds` after each."""
    for signum in signals:
        if process.poll() is not None:
            return
        process.send_signal(signum)
        try:
            process.wait(seconds)
        except TimeoutExpired:
            continue
    process.wait()


def lives(pid: int) -> bool:
    """Whether it runs: one that has ended and was not yet asked for its status does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        # As servers do, or a port would look taken for a minute after a stop.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that was free a moment ago: be ready to ask again."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """Ask until the answer is yes or the time is over; the last answer."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
