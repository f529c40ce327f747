"""A diagnosis as one HTML file that needs nothing else, on the screen and on paper.

It may not load or run anything: its own Content-Security-Policy says so to the browser, and the
one style sheet in it is allowed by its hash (W3C, Content Security Policy Level 3, section 8.4).
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING

from certhelper import resources
from certhelper.diagnosis.told import ToldCertificate, ToldReport
from certhelper.texts import text

if TYPE_CHECKING:
    from jinja2 import Template

_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def page(told: ToldReport) -> str:
    """Return the whole document."""
    style = _style()
    policy = _POLICY.format(b64encode(sha256(style.encode()).digest()).decode())
    places: dict[str, int] = {}
    for number, one in enumerate(told.certificates, 1):
        places.setdefault(one.about, number)
    return (
        _template().render(
            told=told,
            places=places,
            policy=policy,
            style=style,
            say=partial(_say, told),
            tone=_tone,
        )
        + "\n"
    )


def _tone(certificate: ToldCertificate) -> str:
    """Colour a certificate that cannot be used, but a CA's, or where its holder has a newer one."""
    is_past = any(one.code == "superseded" for one in certificate.reasons)
    if certificate.is_authority:
        return "not-applicable"
    return "usable" if certificate.is_usable else "not-applicable" if is_past else "unusable"


def _say(told: ToldReport, name: str, /, **facts: object) -> str:
    return text(f"diagnosis-report.{name}", told.language, **facts)


@cache
def _style() -> str:
    return (resources.folder() / "report" / "report.css").read_text("utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(
        (resources.folder() / "report" / "report.html").read_text("utf-8")
    )
