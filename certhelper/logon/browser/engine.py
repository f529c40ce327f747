"""What the engine may do: its switches, its settings and a profile that never touches the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtNetwork import QSslCertificate
from PySide6.QtWebEngineCore import (
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineProfileBuilder,
    QWebEngineScript,
    QWebEngineSettings,
)

from certhelper import resources
from certhelper.bank import Bank
from certhelper.logon import fence
from certhelper.logon.browser import proxy, user_agent
from certhelper.logon.proxy import Route, Way
from certhelper.profile_reading import mistake

SWITCHES = (
    # A connection that is shared by requests (HTTP/2) makes Chromium send a POST again when it
    # breaks; guard.py closes the same gap for HTTP/1.1.
    "--disable-http2",
    "--disable-quic",
    "--disable-breakpad",
    "--no-pings",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_WITHOUT = (
    # Requests of the engine's own account, which no interceptor sees.
    "FedCm",
    "AdInterestGroupAPI",
    "Fledge",
    "SharedStorageAPI",
    "FencedFrames",
    "MediaSession",
    # Requests that outlive their page, and work that goes on without one.
    "FetchLaterAPI",
    "PushMessaging",
    "BackgroundFetch",
    "PeriodicBackgroundSync",
    "SharedWorker",
    "Notifications",
    "NotificationConstructor",
    # Devices, and what belongs to this PC.
    "FileSystemAccess",
    "FileSystemAccessLocal",
    "FileSystemObserver",
    "FontAccess",
    "NavigatorContentUtils",
    "Presentation",
    "RemotePlayback",
    "Serial",
    "StorageBuckets",
    "WebAuth",
    "WebHID",
    "WebXR",
    "ComputePressure",
)
"""Features that no page of a bank needs, by their names in
``third_party/blink/renderer/platform/runtime_enabled_features.json5``."""

_Attribute = QWebEngineSettings.WebAttribute
_SchemePolicy = QWebEngineSettings.UnknownUrlSchemePolicy
_OFF = (
    _Attribute.FullScreenSupportEnabled,
    _Attribute.JavascriptCanAccessClipboard,
    _Attribute.JavascriptCanPaste,
    _Attribute.LocalContentCanAccessRemoteUrls,
    _Attribute.LocalContentCanAccessFileUrls,
    _Attribute.HyperlinkAuditingEnabled,
    _Attribute.ErrorPageEnabled,
    _Attribute.PluginsEnabled,
    _Attribute.PdfViewerEnabled,
    _Attribute.ScreenCaptureEnabled,
    _Attribute.AllowRunningInsecureContent,
    _Attribute.DnsPrefetchEnabled,
    _Attribute.BackForwardCacheEnabled,
    _Attribute.NavigateOnDropEnabled,
    _Attribute.AutoLoadIconsForPage,
)


_AskAgain = QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime


def switches(bank: Bank, route: Route) -> list[str]:
    """What the engine is started with; nothing in it comes from outside this program."""
    without = f"--disable-blink-features={','.join(_WITHOUT)}"
    # The fence stands in the proxy's place where there is none ("--no-proxy-server" would win).
    home = Path(tempfile.gettempdir())  # the private one, on every system (environment.py)
    way = [] if route.way is Way.DIRECT else proxy.switches(fence.fenced(bank, route, home))
    return [*SWITCHES, without, *way, *fence.switches(bank, route)]


def restrict(page: QWebEnginePage) -> None:
    """Switch off what a bank's page does not need."""
    for attribute in _OFF:
        page.settings().setAttribute(attribute, False)
    page.settings().setAttribute(_Attribute.JavascriptCanOpenWindows, True)
    # Of these the page is asked, and refuses; with "disallow" it could not tell the person.
    page.settings().setUnknownUrlSchemePolicy(
        _SchemePolicy.AllowUnknownUrlSchemesFromUserInteraction
    )
    page.permissionRequested.connect(lambda permission: permission.deny())
    page.fullScreenRequested.connect(lambda request: request.reject())
    page.desktopMediaRequested.connect(lambda request: request.cancel())
    page.fileSystemAccessRequested.connect(lambda request: request.reject())
    page.registerProtocolHandlerRequested.connect(lambda request: request.reject())
    page.webAuthUxRequested.connect(lambda request: request.cancel())


def fresh_profile(bank: Bank) -> QWebEngineProfile:
    """A profile that never touches the disk; made anew for every attempt.

    Within one profile the engine remembers the choice of certificate, "none" included
    (``net/ssl/ssl_client_auth_cache.h``).  Raises
    :class:`~certhelper.profile_reading.ProfileError` for a root that is none.
    """
    roots: list[QSslCertificate] = []
    for path in bank.trusted_files():
        found = QSslCertificate.fromPath(str(path))
        if not found:
            key = "site.trusted_certificates"
            raise mistake(bank.source, key, "no-certificate", given=path.name)
        roots += found
    builder = QWebEngineProfileBuilder()
    if roots:
        builder.setAdditionalTrustedCertificates(roots)
    profile = builder.createProfile("")
    profile.setPersistentPermissionsPolicy(_AskAgain)
    profile.setPushServiceEnabled(False)
    profile.setSpellCheckEnabled(False)
    user_agent.take(profile, bank.site.user_agent)
    profile.scripts().insert(_without())
    extensions = profile.extensionManager()
    for extension in extensions.extensions():  # the engine's own: PDF, Google Hangouts
        extensions.setExtensionEnabled(extension, False)
    return profile


def _without() -> QWebEngineScript:
    """What takes the rest away.  It is late for a frame that a page has only just made."""
    script = QWebEngineScript()
    script.setName("without")
    script.setSourceCode((resources.folder() / "scripts" / "without.js").read_text("utf-8"))
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentCreation)
    script.setWorldId(QWebEngineScript.ScriptWorldId.MainWorld.value)
    script.setRunsOnSubFrames(True)
    return script
