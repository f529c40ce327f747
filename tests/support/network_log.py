"""What the engine did on the network, by its own log (``--log-net-log``, net/log in Chromium)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_CONNECTS = ("TCP_CONNECT", "TCP_CONNECT_ATTEMPT")


class NetworkLog:
    """The names looked up, and the ports connected to, of one run."""

    def __init__(self, path: Path) -> None:
        text = path.read_text("utf-8")
        try:
            document = json.loads(text)
        except ValueError:  # the engine ended before it could close the file
            document = json.loads(text.rstrip().rstrip(",") + "]}")
        kinds = {number: name for name, number in document["constants"]["logEventTypes"].items()}
        self._events: list[tuple[str, dict[str, Any]]] = [
            (kinds[event["type"]], event.get("params", {})) for event in document["events"]
        ]
        assert any(kind == "URL_REQUEST_START_JOB" for kind, _ in self._events)

    @property
    def looked_up(self) -> set[str]:
        """Host names that the resolver went to look for, without scheme and port."""
        found = set()
        for kind, values in self._events:
            if kind == "HOST_RESOLVER_MANAGER_JOB" and "host" in values:
                found.add(str(values["host"]).rpartition("://")[2].partition(":")[0])
        return found

    @property
    def ports_connected_to(self) -> set[int]:
        """The ports of every address that a TCP connection was begun to."""
        return {
            int(address.rpartition(":")[2])
            for kind, values in self._events
            if kind in _CONNECTS
            for address in _addresses(values)
        }


def _addresses(values: dict[str, Any]) -> list[str]:
    listed = values.get("address_list") or []
    return [*listed, *([values["address"]] if "address" in values else [])]
