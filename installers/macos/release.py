"""Signs the application for macOS, packs it into a disk image, and has Apple notarize it.

Written to Apple's documentation ("Notarizing macOS software before distribution", the manual pages
codesign(1), hdiutil(1) and notarytool(1)) and never run: see README.md beside this.

``python -m installers.macos.release dist/certhelper.app "Developer ID Application: …" PROFILE``
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from installers.macos import application

ENTITLEMENTS = Path(__file__).with_name("entitlements.plist")
_WITHIN = ("*.dylib", "*.so", "*.framework", "*.app")


def commands(bundle: Path, identity: str, profile: str) -> Iterator[list[str]]:
    """Yield the commands, in order, that make a disk image which macOS opens without a warning.

    ``identity`` is the name of a "Developer ID Application" certificate in the keychain, and
    ``profile`` the name under which ``notarytool store-credentials`` keeps an account there: no
    password stands in a command.
    """
    sign = ["codesign", "--force", "--options", "runtime", "--timestamp", "--sign", identity]
    with_rights = [*sign, "--entitlements", str(ENTITLEMENTS)]
    for part in inner_code(bundle):
        yield [*(with_rights if part.suffix == ".app" else sign), str(part)]
    yield [*with_rights, str(bundle)]
    yield ["codesign", "--verify", "--deep", "--strict", "--verbose=2", str(bundle)]
    image = bundle.with_name(f"certhelper-{application.VERSION}.dmg")
    volume = ["-volname", "certhelper", "-srcfolder", str(bundle), "-format", "UDZO"]
    yield ["hdiutil", "create", *volume, "-ov", str(image)]
    yield ["codesign", "--timestamp", "--sign", identity, str(image)]
    yield ["xcrun", "notarytool", "submit", str(image), "--keychain-profile", profile, "--wait"]
    yield ["xcrun", "stapler", "staple", str(image)]
    opened = ["--type", "open", "--context", "context:primary-signature"]
    yield ["spctl", "--assess", *opened, "--verbose=2", str(image)]


def inner_code(bundle: Path) -> list[Path]:
    """Return what has to be signed before ``bundle``, the innermost first.

    A signature covers those within, so it must come after them (Apple, "Creating
    distribution-signed code for macOS").  Links point to what is signed where it is.
    """
    found = {path for kind in _WITHIN for path in bundle.rglob(kind) if not path.is_symlink()}
    return sorted(found, key=lambda path: (-len(path.parts), path))


def main(arguments: Sequence[str]) -> int:
    """Run the commands; the first that fails ends it with its status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("identity")
    parser.add_argument("profile")
    chosen = parser.parse_args(arguments)
    if platform.system() != "Darwin":
        parser.error("only on macOS")
    for command in commands(chosen.bundle, chosen.identity, chosen.profile):
        status = subprocess.run(command).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
