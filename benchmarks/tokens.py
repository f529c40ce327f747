"""``certhelper list`` as a whole process beside ``pkcs11-tool -O`` on the same token of SoftHSM.

Ours starts a child that loads the module, and reads, judges and groups every certificate;
pkcs11-tool prints labels and subjects, without dates.  p11tool is shown for comparison:
it takes so long that it runs once.  Of ours the memory is that of both processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from benchmarks.processes import Run, in_turn, run
from benchmarks.report import Measurement
from benchmarks.software_token import MODULE, configuration
from certhelper.starting import part
from certhelper.stores.pkcs11_reading import READER

SIZE = 1_000
_OURS = [sys.executable, "-m", "certhelper", "list", "--offline", "--store", f"pkcs11:{MODULE}"]
_CHILD = [*part(READER, with_packages=False), str(MODULE)]
_PEER = ["pkcs11-tool", "--module", str(MODULE), "-O"]
_SLOW_PEER = ["p11tool", "--provider", str(MODULE), "--list-all"]


def measurements(runs: int) -> Iterator[Measurement]:
    """Both in turn, and the slow one once."""
    os.environ["SOFTHSM2_CONF"] = str(configuration(SIZE))
    ours, peer = in_turn(_OURS, _PEER, runs)
    name = f"list, token with {SIZE}"
    mebibytes = _most(ours) + run(_CHILD).mebibytes
    memory = (mebibytes, _most(peer))
    yield Measurement(name, _times(ours), "pkcs11-tool -O", _times(peer), 1.3, memory)
    slow = run(_SLOW_PEER)
    memory = (mebibytes, slow.mebibytes)
    yield Measurement(name, _times(ours), "p11tool", [slow.seconds], None, memory)


def _times(runs: Sequence[Run]) -> list[float]:
    return [one.seconds for one in runs]


def _most(runs: Sequence[Run]) -> float:
    return max(one.mebibytes for one in runs)
