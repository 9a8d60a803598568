"""The system account that PostgreSQL runs as: it refuses to run as root.

As an ordinary user everything runs as that user, in place. As root it runs as `nobody`.
Where `nobody` may not enter the checkout (a home folder, a `mktemp -d`), we do not open
other people's folders: the program and its data go below `/var/lib/saas-dev` instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT_HOME = Path("/var/lib/saas-dev")


@dataclass(frozen=True)
class Account:
    """Whom to run PostgreSQL as; `uid` is None when no change of user is needed."""

    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, Any]:
        """The keyword arguments of `subprocess.Popen` that switch to this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        if self.uid is None:
            return True
        command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
        quiet = subprocess.DEVNULL
        done = subprocess.run(command, cwd="/", stderr=quiet, check=False, **self.popen)
        return done.returncode == 0

    def can_run(self, program: Path) -> bool:
        if self.uid is None:
            return True
        quiet = subprocess.DEVNULL
        command = [str(program), "--version"]
        try:
            done = subprocess.run(
                command, cwd="/", stdout=quiet, stderr=quiet, check=False, **self.popen
            )
        except PermissionError:
            return False
        return done.returncode == 0


def account_for(data: Path) -> Account:
    """Who shall run the server of the folder `data`, which may not exist yet."""
    if os.geteuid() != 0:
        return Account()
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def enterable(folder: Path, account: Account) -> Path:
    """`folder`, or, where the account cannot reach it, a link to one that it can."""
    if folder.is_symlink() and not folder.exists():
        folder.unlink()  # what it led to was removed by hand
    if folder.exists() or account.can_enter(folder.parent):
        return folder.resolve() if folder.exists() else folder
    _root_home()
    elsewhere = Path(tempfile.mkdtemp(prefix="data-", dir=ROOT_HOME))
    elsewhere.chmod(0o755)
    folder.symlink_to(elsewhere)
    return elsewhere


def runnable(installed: Path, libraries: Path, account: Account, version: str) -> Path:
    """The PostgreSQL below `installed`, or a copy of it where the account cannot run it.

    Args:
        installed: the folder with bin, lib and share.
        libraries: the wheel's own shared libraries, found relative to `installed`.
        version: names the copy, which all checkouts share.
    """
    if account.can_run(installed / "bin" / "postgres"):
        return installed
    home = _root_home() / f"postgresql-{version}"
    copy = home / installed.parent.name / installed.name
    if not copy.exists():
        # Complete before it has its name: a kill in between leaves no half of a server.
        work = Path(tempfile.mkdtemp(prefix="copy-", dir=ROOT_HOME))
        inside = work / installed.parent.name / installed.name
        shutil.copytree(installed, inside, ignore=shutil.ignore_patterns("include"))
        if libraries.exists():
            shutil.copytree(libraries, work / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(work)], check=True)
        try:
            work.rename(home)
        except OSError:  # another checkout was quicker
            shutil.rmtree(work)
    return copy


def _root_home() -> Path:
    ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    ROOT_HOME.chmod(0o755)  # whatever the umask says
    return ROOT_HOME
