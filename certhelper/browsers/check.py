"""Everything that is to be known before a bank's page is opened in the person's own browser."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from certhelper.bank import Bank
from certhelper.browsers import installed, offering, policies, standard
from certhelper.browsers.installed import InstalledBrowser
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer, Offer, Reach
from certhelper.browsers.policies import PolicyFinding
from certhelper.certificate import Certificate
from certhelper.outside_programs import person_environment
from certhelper.standing import Judged, judge
from certhelper.stores import nss


class Check(NamedTuple):
    """What a browser will do with one certificate at one bank.

    ``browser`` is None where it is the system's own choice and that is none that is known here.
    ``look_alikes`` are the certificates that its dialog shows by the same name.
    """

    browser: Browser | None
    found: InstalledBrowser | None
    offer: Offer
    policies: tuple[PolicyFinding, ...] = ()
    look_alikes: tuple[Certificate, ...] = ()


def check(
    browser: str,
    bank: Bank,
    chosen: Certificate,
    known: Sequence[Judged],
    now: datetime,
    environment: Mapping[str, str] = os.environ,
    root: Path = Path("/"),
) -> Check:
    """Look at one browser ("": the one that the system opens addresses with).

    ``known`` are the judged certificates of a listing, ``chosen`` among them; databases that this
    browser reads and the listing did not are read besides.  ``now`` is aware.  Takes up to some
    seconds: not to be called in the window's thread.  Raises ``ValueError`` for an unknown browser.
    """
    outside = person_environment(environment)
    which = Browser(browser) if browser else standard.find(outside)
    found = None if which is None else installed.find(which, outside)
    same = [one for one in known if one.installed.certificate == chosen]
    if which is None:
        return Check(None, None, offering.offer_of(None, None, same))
    if found is None:
        facts = (("browser", policies.name_of(which)),)
        return Check(which, None, Offer(Answer.NO, "not-installed", facts))
    reach = offering.reach_of(found, outside)
    everything = [*known, *read_besides(reach, bank, known, now)]
    same = [one for one in everything if one.installed.certificate == chosen]
    offered = offering.offered_by(reach, everything)
    return Check(
        which,
        found,
        offering.offer_of(found, reach, same),
        policies.findings(which, bank, chosen, offered, root),
        offering.look_alikes(chosen, offered),
    )


def read_besides(reach: Reach, bank: Bank, known: Sequence[Judged], now: datetime) -> list[Judged]:
    """Return what stands in the browser's own databases that ``known`` is not of.

    Such as a profile of Firefox; takes up to some seconds.
    """
    listed = {one.installed.store for one in known}
    directories = [
        Path(name.partition(":")[2])
        for name in sorted(reach.stores - listed)
        if name.startswith(f"{nss.KIND}:")
    ]
    readings = [nss.NssStore(directory).read() for directory in directories if directory.is_dir()]
    return [judge(one, bank, now) for reading in readings for one in reading.installed]
