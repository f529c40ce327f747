"""Which お知らせ the person has read: those on the page when the log-on went on from it."""

from __future__ import annotations

from certhelper.logon.stages import Stage, StageReport


class SeenNotices:
    """Follows the stages of one attempt after the other."""

    def __init__(self, digest: str) -> None:
        """``digest`` is that of the notices that were read before."""
        self.digest = digest
        self._shown = ""

    def follow(self, report: StageReport) -> None:
        if report.stage is Stage.LOGON_PAGE:
            self._shown = str(report.detail.get("notices", ""))
        elif report.stage is Stage.CERTIFICATE_SENT and self._shown:
            self.digest = self._shown
