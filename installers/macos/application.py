"""What the application for macOS says of itself.  Never run on a Mac: see README.md beside this."""

from __future__ import annotations

from certhelper import __version__

BUNDLE = "certhelper.app"
IDENTIFIER = "jp.certhelper.certhelper"
"""The reverse-domain name that Apple knows the program by; whoever signs it puts their own."""
VERSION = __version__


def information() -> dict[str, object]:
    """Return the keys of ``Info.plist`` beside those that PyInstaller sets.

    Source: Apple, "Information Property List"; the oldest system is Qt 6.11's ("Qt for macOS").
    """
    return {
        "CFBundleDisplayName": "certhelper",
        "CFBundleShortVersionString": VERSION,
        "CFBundleVersion": VERSION,
        "CFBundleDevelopmentRegion": "ja",
        "CFBundleLocalizations": ["ja", "en"],
        "LSApplicationCategoryType": "public.app-category.finance",
        "LSMinimumSystemVersion": "13.0",
        "LSBackgroundOnly": False,
        "NSHighResolutionCapable": True,
        "NSSupportsAutomaticGraphicsSwitching": True,
    }
