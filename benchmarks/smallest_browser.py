"""The peer of the log-on: the smallest PySide6 script that loads one page with one certificate.

Arguments: address, the certificate's SHA-256 in hex, the server's root as a PEM file.  It ends when
the page has loaded.  ``HOME`` holds the NSS database.
"""

import sys

from PySide6.QtCore import QCryptographicHash, QUrl
from PySide6.QtNetwork import QSslCertificate
from PySide6.QtWebEngineCore import (
    QWebEngineClientCertificateSelection,
    QWebEnginePage,
    QWebEngineProfileBuilder,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

address, wanted, root = sys.argv[1:]
application = QApplication(["smallest", "-platform", "offscreen"])
builder = QWebEngineProfileBuilder()
builder.setAdditionalTrustedCertificates(QSslCertificate.fromPath(root))
profile = builder.createProfile("")
view = QWebEngineView()
page = QWebEnginePage(profile, view)


def choose(selection: QWebEngineClientCertificateSelection) -> None:
    for certificate in selection.certificates():
        digest = certificate.digest(QCryptographicHash.Algorithm.Sha256)
        if bytes(digest.data()).hex() == wanted:
            selection.select(certificate)
            return
    selection.selectNone()


def done(good: bool) -> None:
    print("loaded" if good else "failed", flush=True)
    view.setPage(None)  # type: ignore[arg-type]  # Qt takes none: the view lets its page go
    page.deleteLater()
    application.quit()


page.selectClientCertificate.connect(choose)
page.loadFinished.connect(done)
view.setPage(page)
view.show()
page.load(QUrl(address))
application.exec()
