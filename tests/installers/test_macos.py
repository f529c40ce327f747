"""What surrounds the application for macOS, which itself was never run on a Mac."""

from __future__ import annotations

import plistlib
from pathlib import Path

from certhelper import __version__
from installers.macos import application, release

IDENTITY = "Developer ID Application: Nobody (ABCDE12345)"


def _bundle(folder: Path) -> Path:
    """Lay out the kinds of code that an application with Qt WebEngine holds."""
    bundle = folder / "certhelper.app"
    core = bundle / "Contents/Frameworks/PySide6/Qt/lib/QtWebEngineCore.framework"
    helper = core / "Versions/A/Helpers/QtWebEngineProcess.app/Contents/MacOS"
    helper.mkdir(parents=True)
    (helper / "QtWebEngineProcess").touch()
    (bundle / "Contents/Frameworks/libpython3.11.dylib").touch()
    (bundle / "Contents/Frameworks/PySide6/QtCore.abi3.so").touch()
    (bundle / "Contents/Resources").mkdir()
    (bundle / "Contents/Resources/libpython3.11.dylib").symlink_to(
        "../Frameworks/libpython3.11.dylib"
    )
    return bundle


def test_the_property_list_can_be_written_and_says_what_it_is() -> None:
    """Japanese first, this version, sharp on every screen, and in the Dock like a program."""
    written = plistlib.loads(plistlib.dumps(application.information()))
    assert written["CFBundleShortVersionString"] == __version__
    assert written["CFBundleDevelopmentRegion"] == "ja"
    assert written["CFBundleLocalizations"] == ["ja", "en"]
    assert written["NSHighResolutionCapable"] is True
    assert written["LSBackgroundOnly"] is False


def test_the_hardened_runtime_allows_no_more_than_the_engine_needs() -> None:
    """No debugger, no unsigned memory, no variables for the loader."""
    with release.ENTITLEMENTS.open("rb") as file:
        allowed = plistlib.load(file)
    start = "com.apple.security.cs."
    assert set(allowed) == {f"{start}allow-jit", f"{start}disable-library-validation"}


def test_code_is_signed_from_the_inside_out(tmp_path: Path) -> None:
    """A signature that comes before those within it would be broken by them."""
    bundle = _bundle(tmp_path)
    signed = [
        Path(command[-1])
        for command in release.commands(bundle, IDENTITY, "profile")
        if command[:2] == ["codesign", "--force"]
    ]
    assert signed[-1] == bundle
    assert {path.name for path in signed} == {
        *("QtWebEngineProcess.app", "QtWebEngineCore.framework", "QtCore.abi3.so"),
        *("libpython3.11.dylib", "certhelper.app"),
    }
    assert not any(path.is_symlink() for path in signed)
    for earlier, path in enumerate(signed):
        assert not any(later.is_relative_to(path) for later in signed[earlier + 1 :])


def test_only_programs_get_the_rights_of_the_engine(tmp_path: Path) -> None:
    """A library has no entitlements of its own."""
    for command in release.commands(_bundle(tmp_path), IDENTITY, "profile"):
        if command[:2] == ["codesign", "--force"]:
            assert ("--entitlements" in command) == command[-1].endswith(".app")
            assert command[command.index("--options") + 1] == "runtime"


def test_the_image_is_notarized_before_it_is_stapled(tmp_path: Path) -> None:
    """And no password stands in a command, where every process could read it."""
    commands = list(release.commands(_bundle(tmp_path), IDENTITY, "profile"))
    steps = [next(word for word in words if word in _STEPS) for words in commands[-5:]]
    assert steps == list(_STEPS)
    assert not any("password" in word for words in commands for word in words)


_STEPS = ("create", "codesign", "notarytool", "stapler", "--assess")
