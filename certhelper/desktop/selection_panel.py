"""The chosen certificate, and what can be done with it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from certhelper.desktop.facts_view import FactsView, clear, note
from certhelper.desktop.place_choice import PlaceChooser
from certhelper.desktop.rows import Mark
from certhelper.desktop.scrolled import scrolled
from certhelper.desktop.selection import Selection, describe
from certhelper.look.widgets import as_tool_tip, plain_label, push_button, rule, set_look
from certhelper.texts import text


class SelectionPanel(QWidget):
    """``confirmed`` is the big button; ``place_chosen`` carries the store to be used from now on.

    It stays in sight with the reason why it is disabled; the rest scrolls above it.
    """

    confirmed = Signal()
    details_wanted = Signal()
    browser_wanted = Signal()
    cause_wanted = Signal()
    place_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._title = plain_label(look="heading")
        self._facts = FactsView()
        self._notes = QVBoxLayout()
        self.places = PlaceChooser()
        self.places.chosen.connect(self.place_chosen)
        self.main_button = push_button("", "primary")
        self.main_button.clicked.connect(self.confirmed)
        self._obstacle = plain_label(look="bad")
        self.details_button = push_button(text("desktop.panel.details"))
        self.details_button.clicked.connect(self.details_wanted)
        self.browser_button = push_button(text("desktop.panel.browser"))
        self.browser_button.clicked.connect(self.browser_wanted)
        self.cause_button = push_button(text("desktop.panel.find-cause"))
        self.cause_button.clicked.connect(self.cause_wanted)
        height = self.fontMetrics().height()
        self.main_button.setMinimumHeight(height * 5 // 2)

        contents = QWidget()
        scrolling = QVBoxLayout(contents)
        scrolling.setSpacing(height // 2)
        scrolling.addWidget(self._title)
        scrolling.addWidget(self._facts)
        scrolling.addWidget(self.places)
        scrolling.addLayout(self._notes)
        scrolling.addWidget(rule())
        scrolling.addWidget(self.details_button)
        scrolling.addWidget(self.browser_button)
        scrolling.addWidget(plain_label(text("desktop.panel.environment"), "muted"))
        scrolling.addStretch(1)
        footer = QVBoxLayout()
        footer.setContentsMargins(scrolling.contentsMargins())
        footer.setSpacing(height // 2)
        footer.addWidget(self.main_button)
        footer.addWidget(self._obstacle)
        footer.addWidget(self.cause_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolled(contents), 1)
        layout.addWidget(rule())
        layout.addLayout(footer)
        self.show_selection(describe(None))

    def _order_tabs(self) -> None:
        """Let Tab go down the panel: the places are made later than what stands below them."""
        below = (self.details_button, self.browser_button, self.main_button, self.cause_button)
        for one, following in pairwise((*self.places.buttons, *below)):
            self.setTabOrder(one, following)

    def show_selection(self, selection: Selection) -> None:
        self._title.setText(selection.title)
        self._facts.show_facts(selection.facts)
        self.places.show_places(selection.places)
        self._order_tabs()
        clear(self._notes)
        if selection.state:
            self._notes.addWidget(note(selection.mark, selection.state))
        obstacle, *further = selection.obstacle.split("\n")  # one is enough beside the button
        for words in further:
            self._notes.addWidget(note(Mark.BAD, words))
        for words in selection.notes:
            usual = selection.mark is Mark.NEUTRAL  # nothing but its own secret is needed
            self._notes.addWidget(note(Mark.NEUTRAL if usual else Mark.CAUTION, words))
        self.main_button.setText(text(f"desktop.action.{selection.action.value}"))
        self.main_button.setEnabled(not selection.obstacle)
        self.main_button.setToolTip(as_tool_tip(selection.obstacle))
        self.main_button.setAccessibleDescription(selection.obstacle)
        is_trouble = selection.mark is not Mark.NEUTRAL
        set_look(self._obstacle, "bad" if is_trouble else "muted")
        self._obstacle.setText(obstacle)
        self._obstacle.setVisible(bool(obstacle))
        self.cause_button.setVisible(selection.is_trouble)
        has_certificate = selection.judged is not None
        self.details_button.setEnabled(has_certificate)
        self.browser_button.setEnabled(True)
