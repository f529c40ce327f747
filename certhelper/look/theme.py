"""How the program looks: palette, text size and style sheet, following the system's scheme."""

from __future__ import annotations

import sys
from typing import Final

from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from certhelper.look.colours import DARK, LIGHT, Colours
from certhelper.settings import TextSize

_POINTS: Final = {TextSize.SMALL: 9.5, TextSize.STANDARD: 11.0, TextSize.LARGE: 14.0}
_FAMILIES: Final = {
    "win32": ["Yu Gothic UI", "Meiryo UI", "Segoe UI"],
    "darwin": ["Hiragino Sans", ".AppleSystemUIFont"],
}
_OTHER_FAMILIES: Final = ["Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "Sans Serif"]


_STYLE: Final = "fusion"
_MIDDLE_GREY: Final = 128


class Theme(QObject):
    """One for the application.  ``changed`` is sent after colours or sizes have been applied."""

    changed = Signal()

    def __init__(self, application: QApplication, size: TextSize) -> None:
        super().__init__(application)
        self._application = application
        self._size = size
        self.colours: Colours = LIGHT
        self._settled = False
        if QApplication.style().objectName() != _STYLE:
            QApplication.setStyle(_STYLE)
        # The palette tells dark from light without ``Qt`` (see window.py); settle() makes sure.
        ground = QGuiApplication.palette().window().color()
        self._take_colours(dark=ground.lightness() < _MIDDLE_GREY)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.set_scheme)

    @property
    def text_size(self) -> TextSize:
        return self._size

    def set_text_size(self, size: TextSize) -> None:
        if size is not self._size:
            self._size = size
            self._apply()

    def settle(self) -> None:
        """After the first picture: ask the system for its scheme again, and style the widgets."""
        self._settled = True
        scheme = QGuiApplication.styleHints().colorScheme()
        if scheme is not QtCore.Qt.ColorScheme.Unknown:
            self.colours = DARK if scheme is QtCore.Qt.ColorScheme.Dark else LIGHT
        self._apply()

    def set_scheme(self, scheme: QtCore.Qt.ColorScheme) -> None:
        """Light or dark; a system that does not say is taken for light."""
        self._take_colours(dark=scheme is QtCore.Qt.ColorScheme.Dark)

    def _take_colours(self, *, dark: bool) -> None:
        self.colours = DARK if dark else LIGHT
        self._apply()

    def _apply(self) -> None:
        font = QFont(_FAMILIES.get(sys.platform, _OTHER_FAMILIES))
        font.setPointSizeF(_POINTS[self._size])
        self._application.setFont(font)
        self._application.setPalette(_palette(self.colours))
        if self._settled:
            self._application.setStyleSheet(_style_sheet(self.colours, font))
        self.changed.emit()


def current() -> Theme:
    """The application's theme.  There is always one once a window of ours exists."""
    application = QApplication.instance()
    assert application is not None
    theme = application.findChild(Theme)
    assert theme is not None
    return theme


def larger(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """A copy of ``font`` scaled by ``factor``."""
    copy = QFont(font)
    copy.setPointSizeF(font.pointSizeF() * factor)
    copy.setBold(bold)
    return copy


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for where, colour in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.window,
        role.Text: colours.text,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.ToolTipBase: colours.surface,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.accent_text,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Light: colours.surface,
        role.Midlight: colours.neutral_ground,
        role.Mid: colours.border,
        role.Dark: colours.border,
        role.Shadow: colours.border,
    }.items():
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(colours.disabled_text))
    return palette


def _icon(name: str, *, dark: bool) -> str:
    """Address of a picture in a style sheet; Qt wants forward slashes on every system."""
    from certhelper import resources

    file = f"{name}-{'dark' if dark else 'light'}.svg"
    return (resources.folder() / "icons" / file).as_posix()


def _style_sheet(colours: Colours, font: QFont) -> str:
    from PySide6.QtGui import QFontMetrics

    line = QFontMetrics(font).height()
    points = font.pointSizeF()
    c, small, wide = colours, line // 4, line * 2 // 3
    round_side = line * 2 // 3
    dark = colours is DARK
    return f"""
QPushButton {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border};
  border-radius: {small}px; padding: {small}px {wide}px; margin: 1px; }}
QPushButton:hover {{ background: {c.selected}; }}
QPushButton:pressed {{ background: {c.neutral_ground}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; margin: 0px; }}
QPushButton:disabled {{ background: {c.disabled}; color: {c.disabled_text};
  border-color: {c.disabled}; }}
QPushButton:checked {{ background: {c.selected}; border-color: {c.accent}; color: {c.text}; }}
QPushButton[look="primary"] {{ background: {c.accent}; color: {c.accent_text};
  border-color: {c.accent}; font-weight: bold; }}
QPushButton[look="primary"]:hover, QPushButton[look="primary"]:pressed
  {{ background: {c.accent_pressed}; }}
QPushButton[look="primary"]:focus {{ border: 2px solid {c.text}; }}
QPushButton[look="primary"]:disabled {{ background: {c.disabled}; color: {c.disabled_text};
  border-color: {c.border}; }}
QPushButton[look="quiet"] {{ background: transparent; border-color: transparent;
  color: {c.accent}; padding: {small}px {small}px; }}
QPushButton[look="quiet"]:hover {{ background: {c.selected}; }}
QPushButton[look="quiet"]:focus {{ border: 2px solid {c.accent}; }}
QPushButton[look="quiet"]:disabled {{ color: {c.disabled_text}; background: transparent; }}
QPushButton[look="key"] {{ padding: 0px; font-size: {points * 1.25:.1f}pt; }}
QPushButton[look="word-key"] {{ padding: 0px; font-size: {points * 0.9:.1f}pt; }}
QPushButton::menu-indicator {{ subcontrol-position: right center;
  subcontrol-origin: padding; right: {small}px; }}
QLineEdit {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border};
  border-radius: {small}px; padding: {small}px; margin: 1px; }}
QLineEdit {{ placeholder-text-color: {c.muted}; }}
QLineEdit:focus {{ border: 2px solid {c.accent}; margin: 0px; }}
QFrame[look="panel"] {{ background: {c.surface}; border: 1px solid {c.border};
  border-radius: {small * 2}px; }}
QFrame[look="notice"] {{ background: {c.caution_ground}; border: 1px solid {c.caution};
  border-radius: {small}px; }}
QFrame[look="notice"] QLabel {{ color: {c.caution}; }}
QFrame[look="own-secret"] {{ background: {c.selected}; border: 2px solid {c.accent};
  border-radius: {small}px; }}
QFrame[look="aside"] {{ background: {c.neutral_ground}; border: 1px solid {c.neutral_ground};
  border-radius: {small}px; }}
QFrame[look="said"] {{ background: {c.neutral_ground}; border: none; }}
QFrame[look="said-action"] {{ background: {c.caution_ground}; border: none; }}
QFrame[look="said-fault"] {{ background: {c.bad_ground}; border: none; }}
QFrame[look="said-done"] {{ background: {c.good_ground}; border: none; }}
QFrame[round="true"] {{ border-radius: {small * 2}px; }}
QFrame[look="said-action"] QLabel {{ color: {c.caution}; }}
QFrame[look="said-fault"] QLabel {{ color: {c.bad}; }}
QFrame[look="said-done"] QLabel {{ color: {c.good}; }}
QFrame[look="said-fault"] QLabel[calm="true"], QFrame[look="said-action"] QLabel[calm="true"],
QFrame[look="said-done"] QLabel[calm="true"] {{ color: {c.text}; }}
QLabel[look="address"] {{ background: {c.surface}; border: 1px solid {c.border};
  border-radius: {small}px; padding: {small}px {small * 2}px; }}
QTabBar::tab {{ background: {c.window}; color: {c.muted}; padding: {small}px {wide}px;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom: 2px solid {c.accent}; }}
QTextEdit[look="words"] {{ background: transparent; color: {c.text}; border: none; }}
QProgressBar {{ background: {c.neutral_ground}; border: none; border-radius: {small // 2}px;
  max-height: {small * 2}px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: {small // 2}px; }}
QProgressBar[look="line"] {{ background: {c.neutral_ground}; border-radius: 0px; }}
QProgressBar[look="line"]::chunk {{ border-radius: 0px; width: {wide * 8}px; }}
QProgressBar[look="line"][busy="false"], QProgressBar[look="line"][busy="false"]::chunk
  {{ background: transparent; }}
QFrame[look="rule"] {{ background: {c.border}; border: none; }}
QLabel {{ background: transparent; }}
QLabel[look="muted"] {{ color: {c.muted}; }}
QLabel[look="title"] {{ font-size: {points * 1.35:.1f}pt; font-weight: bold; }}
QLabel[look="heading"] {{ font-size: {points * 1.1:.1f}pt; font-weight: bold; }}
QLabel[look="good"] {{ color: {c.good}; }}
QLabel[look="caution"] {{ color: {c.caution}; }}
QLabel[look="bad"] {{ color: {c.bad}; }}
QLabel[look="demo"] {{ color: {c.caution}; background: {c.caution_ground};
  border: 1px solid {c.caution}; border-radius: {small}px; padding: 0px {wide}px;
  font-weight: bold; }}
QTreeView {{ background: {c.window}; border: none; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {wide}px; margin: 0px; }}
QScrollBar::handle:vertical {{ background: {c.border}; min-height: {wide * 2}px;
  border-radius: {small - 1}px; margin: 2px; }}
QScrollBar::handle:vertical:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0px; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QToolTip {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border};
  padding: {small}px; }}
QCheckBox {{ spacing: {small * 2}px; padding: {small}px; }}
QCheckBox:focus {{ border: 2px solid {c.accent}; border-radius: {small}px;
  padding: {small - 2}px; }}
QCheckBox::indicator {{ width: {line * 3 // 4}px; height: {line * 3 // 4}px;
  border: 2px solid {c.border}; border-radius: {small // 2}px; background: {c.surface}; }}
QCheckBox::indicator:checked {{ border-color: {c.accent}; background: {c.accent};
  image: url("{_icon("check", dark=dark)}"); }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ background: {c.disabled};
  border-color: {c.disabled_text}; }}
QCheckBox::indicator:checked:disabled {{ background: {c.disabled_text}; }}
QRadioButton {{ spacing: {small * 2}px; padding: {small}px; }}
QRadioButton:focus {{ border: 2px solid {c.accent}; border-radius: {small}px;
  padding: {small - 2}px; }}
QRadioButton::indicator {{ width: {round_side}px; height: {round_side}px;
  border: 2px solid {c.border}; border-radius: {round_side // 2 + 2}px; background: {c.surface}; }}
QRadioButton::indicator:checked {{ border-color: {c.accent}; background:
  qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {c.accent},
  stop: 0.55 {c.accent}, stop: 0.6 {c.surface}, stop: 1 {c.surface}); }}
QRadioButton::indicator:checked:disabled {{ border-color: {c.disabled_text}; background:
  qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {c.disabled_text},
  stop: 0.55 {c.disabled_text}, stop: 0.6 {c.disabled}, stop: 1 {c.disabled}); }}
QComboBox {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border};
  border-radius: {small}px; padding: {small}px; margin: 1px; }}
QComboBox:focus {{ border: 2px solid {c.accent}; margin: 0px; }}
QComboBox::drop-down {{ border: none; width: {wide * 2}px; }}
QComboBox::down-arrow {{ image: url("{_icon("chevron", dark=dark)}");
  width: {line * 2 // 3}px; height: {line * 2 // 3}px; }}
QComboBox:disabled, QLineEdit:disabled {{ background: {c.disabled}; color: {c.disabled_text};
  border-color: {c.disabled}; }}
QMenu {{ background: {c.surface}; color: {c.text}; border: 1px solid {c.border};
  padding: {small}px; }}
QMenu::item {{ padding: {small}px {wide * 2}px; border-radius: {small}px; }}
QMenu::indicator {{ width: {line * 2 // 3}px; height: {line * 2 // 3}px; left: {small}px;
  border: 1px solid {c.border}; border-radius: {small // 2}px; background: {c.surface}; }}
QMenu::indicator:checked {{ border-color: {c.accent}; background: {c.accent};
  image: url("{_icon("check", dark=dark)}"); }}
QMenu::item:selected {{ background: {c.selected}; }}
QMenu::item:disabled {{ color: {c.disabled_text}; }}
QMenu::separator {{ height: 1px; background: {c.border}; margin: {small}px; }}
"""
