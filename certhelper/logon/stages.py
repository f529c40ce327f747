"""The stages of a log-on, and the line a session process writes for each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from certhelper.logon.lines import entries_of


class Stage(StrEnum):
    """Contract of ``logon --json`` and ``rehearse --json``; names are stable."""

    OPENED = "opened"
    LOGON_PAGE = "logon-page"
    CERTIFICATE_REQUESTED = "certificate-requested"
    CERTIFICATE_SENT = "certificate-sent"
    PIN_PAGE = "pin-page"
    PIN_SUBMITTED = "pin-submitted"
    OTHER_AUTHENTICATION = "other-authentication"
    TOP_PAGE = "top-page"
    FAILED = "failed"


class Until(StrEnum):
    """Where a run without a person ends."""

    PIN = "pin"
    OTHER = "other"
    TOP = "top"


class StageReport(NamedTuple):
    """One stage as it happened.  ``detail`` holds plain JSON values and no secret."""

    stage: Stage
    code: str | None = None
    detail: Mapping[str, Any] = MappingProxyType({})

    def line(self) -> str:
        """One JSON object on one line, without the line feed."""
        import json  # the window's list does not wait for it

        return json.dumps(
            {"stage": self.stage.value, "code": self.code, "detail": dict(self.detail)},
            ensure_ascii=False,
        )

    @classmethod
    def parse(cls, line: str) -> StageReport | None:
        """Read a line back; ``None`` for anything that is not one (an engine's own chatter)."""
        value = entries_of(line)
        code, detail = value.get("code"), value.get("detail") or {}
        if not isinstance(code, str | None) or not isinstance(detail, dict):
            return None
        try:
            return cls(Stage(value.get("stage", "")), code, detail)
        except ValueError:
            return None
