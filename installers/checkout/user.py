"""Who runs this, and whom root runs the program as."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TypedDict

IS_ROOT = sys.platform == "linux" and os.geteuid() == 0


class Rights(TypedDict):
    """What :class:`subprocess.Popen` needs to give up root's rights."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class User:
    """An ordinary user of this machine."""

    uid: int
    gid: int

    @classmethod
    def choose(cls) -> User:
        """Return the person behind sudo, or ``nobody``."""
        if sys.platform == "win32":
            raise NotImplementedError("only on Linux")
        import pwd

        behind_sudo = os.environ.get("SUDO_UID", "")
        if behind_sudo.isdigit() and int(behind_sudo) != 0:
            entry = pwd.getpwuid(int(behind_sudo))
        else:
            entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def rights(self) -> Rights:
        """This user's rights and no more, for :class:`subprocess.Popen` called by root."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}
