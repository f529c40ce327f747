"""The check of the network: the way to the bank, its servers, whose certificates they accept."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis.findings import Finding, in_order
from certhelper.diagnosis.network import details, judging
from certhelper.diagnosis.network.looks import label
from certhelper.diagnosis.network.survey import survey
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import facts, joined

ADDRESS_MISSING = "network-address-missing"
OFFLINE = "network-not-wanted"
NOT_AGREED = "network-not-agreed"


def check(scene: Scene) -> Sequence[Finding]:
    """Return what stands in the way, the gravest with everything that was seen."""
    places = scene.bank.expected_places()
    if not places:
        return [Finding(ADDRESS_MISSING)]
    if scene.offline or not scene.is_trusted:
        return [Finding(OFFLINE if scene.offline else NOT_AGREED)]
    seen = survey(scene)
    found = judging.findings(scene, seen)
    if not found:
        found = [Finding(judging.OK, facts(host=joined([label(one) for one in places])))]
    first, *others = in_order(tuple(found))
    return [first._replace(details=details.details(scene, seen)), *others]
