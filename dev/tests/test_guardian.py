"""The guardian alone, without the signal that Linux offers besides."""

import subprocess
import sys

from dev.processes import lives, wait_until
from dev.services import CHECKOUT

SUPERVISOR = """
import subprocess, sys, time
from dev.guardian import Guardian
guardian = Guardian()
group = subprocess.Popen(
    [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '600'])"],
    start_new_session=True,
)
guardian.watch(group.pid)
print(group.pid, guardian._pid, flush=True)
time.sleep(600)
"""


def test_what_a_killed_supervisor_started_ends() -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert supervisor.stdout is not None
    pids = [int(pid) for pid in supervisor.stdout.readline().split()]
    assert [lives(pid) for pid in pids] == [True, True]

    supervisor.kill()
    supervisor.communicate()

    assert wait_until(lambda: not any(lives(pid) for pid in pids), 60)
