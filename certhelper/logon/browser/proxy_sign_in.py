"""The name and the password that a proxy asks for; never to be taken for the bank's.

The engine waits for the answer inside its signal, and wants the password as a string: there is no
other way into ``QAuthenticator``.  That string is made at the last moment from a
:class:`~certhelper.secret.Secret`; the copies of Qt and Chromium live until the session ends,
because Chromium needs them for every connection (``net/http/http_auth_cache.h``).
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtNetwork import QAuthenticator
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QWidget

from certhelper import texts
from certhelper.logon import facts
from certhelper.logon.browser.guard import address_of
from certhelper.logon.browser.overlay import Choice, Overlay
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.proxy import LONGEST_PASSWORD, Proxy, SignIn
from certhelper.look.widgets import plain_label
from certhelper.pad.masked_entry import MaskedEntry

_ERR_PROXY_AUTH_REQUESTED = -127
_SIGN_IN, _CANCEL = "sign-in", "cancel"


class SignInForm(QWidget):
    """The two fields; the name is no secret, the password never becomes one string here."""

    def __init__(self, user: str) -> None:
        super().__init__()
        self.user = QLineEdit(user)
        self.user.setAccessibleName(texts.text("proxy.user"))
        self.password = MaskedEntry(LONGEST_PASSWORD, lambda _: True, keyboard=True)
        self.password.setAccessibleName(texts.text("proxy.password"))
        self.problem = plain_label(look="bad")
        self.problem.hide()
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self.problem)
        form.addRow(_label("user"), self.user)
        form.addRow(_label("password"), self.password)
        self.setFocusProxy(self.password if user else self.user)

    def say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))


class ProxySignIn(QObject):
    """Answers the proxy for every page of one session.

    With nobody there (not ``attended``) it ends at once.  What was right in the attempt before is
    tried once by itself; what was wrong is asked for again, with a word.  A script of the network's
    may name several proxies: what was given for one never goes to another.
    """

    def __init__(self, proxy: Proxy, *, attended: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._proxy = proxy
        self._attended = attended
        self._answered: set[str] = set()
        self._open: tuple[str, Overlay] | None = None

    def watch(self, page: BankPage) -> None:
        """Answer for this page from now on."""
        page.proxyAuthenticationRequired.connect(
            lambda url, authenticator, host: self._asked(page, url, authenticator, host)
        )

    def _asked(self, page: BankPage, url: QUrl, authenticator: QAuthenticator, host: str) -> None:
        sign_in = self._proxy.sign_in_at(host)
        asked_for = None
        while self._open is not None and asked_for != host:
            asked_for, overlay = self._open
            page.messages.wait(overlay)  # one question at a time, one answer for all requests
        if asked_for != host:
            self._settle(page, host, sign_in)
        if not sign_in.password:
            self._answered.discard(host)
            self._give_up(page, url)
            return
        authenticator.setUser(sign_in.user)
        authenticator.setPassword("".join(sign_in.password.characters()))

    def _settle(self, page: BankPage, host: str, sign_in: SignIn) -> None:
        """See to it that there is a name and a password, if the person gives them."""
        wrong = host in self._answered
        self._answered.add(host)
        if wrong:  # the engine asks again only for what the proxy has refused
            sign_in.password.wipe()
        view = page.parent()
        if not sign_in.password and self._attended and isinstance(view, QWidget):
            self._ask(page, view, host, sign_in, wrong=wrong)

    def _ask(
        self, page: BankPage, view: QWidget, host: str, sign_in: SignIn, *, wrong: bool
    ) -> None:
        form = SignInForm(sign_in.user)
        form.say(texts.text("proxy.wrong") if wrong else "")
        server = self._proxy.route.server
        overlay = Overlay(
            view,
            texts.text("proxy.title"),
            texts.text("proxy.which", proxy=server if server.startswith(host) else host),
            [
                Choice(_SIGN_IN, texts.text("proxy.sign-in"), "primary"),
                Choice(_CANCEL, texts.text("proxy.cancel")),
            ],
            default=_SIGN_IN,
            escape=_CANCEL,
            body=form,
        )
        overlay.answered.connect(lambda answer: self._take(form, sign_in, answer))
        asked = self._open = (host, overlay)
        page.messages.wait(overlay)
        if self._open is asked:
            self._open = None
        overlay.deleteLater()

    def _take(self, form: SignInForm, sign_in: SignIn, answer: str) -> None:
        """Take what was entered, before anybody who waits for the answer goes on."""
        self._open = None
        if answer == _SIGN_IN:
            sign_in.user = form.user.text()
            sign_in.password = form.password.take()
        form.password.clear()

    def _give_up(self, page: BankPage, url: QUrl) -> None:
        # What nobody answers goes out with empty words, 32 times (tried): the load is stopped.
        posting = page.gate.waits_for_answer(page.window)
        page.triggerAction(QWebEnginePage.WebAction.Stop)
        failed = facts.LoadFailed(page.window, address_of(url), _ERR_PROXY_AUTH_REQUESTED, posting)
        page.fact.emit(failed)


def _label(name: str) -> QLabel:
    return plain_label(texts.text(f"proxy.{name}"), wrap=False)
