"""What a built program holds, on every system: an allow-list for Qt, exclusions for Python.

The packages of Qt for Python carry 640 MB; the program needs less than half.  So nothing of Qt is
shipped that is not named here with its reason: a new release of Qt brings nothing new by itself.
Python modules follow from the program's own imports; a few that come along for nothing are named.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

_PROGRAM = "the program's own windows"
_BROWSER = "the session's browser"
_LINKED = "linked by Qt WebEngine"
_PDF = "shows the bank's PDFs"
_DESKTOP = "Linux: the desktop's own display, input method or look"

QT_LIBRARIES = {
    "Core": _PROGRAM,
    "Gui": _PROGRAM,
    "Widgets": _PROGRAM,
    "Network": "the window of a second start, the bank's root certificates",
    "Svg": "icons in the window",
    "WebEngineCore": _BROWSER,
    "WebEngineWidgets": _BROWSER,
    "OpenGL": _LINKED,
    "Positioning": _LINKED,
    "Pdf": _PDF,
    "PdfWidgets": _PDF,
    "PrintSupport": "prints a page of the bank; linked by Qt WebEngine",
    "Qml": _LINKED,
    "QmlMeta": _LINKED,
    "QmlModels": _LINKED,
    "QmlWorkerScript": _LINKED,
    "Quick": _LINKED,
    "QuickWidgets": _LINKED,
    "WebChannel": _LINKED,
    "DBus": _DESKTOP,
    "WaylandClient": _DESKTOP,
    "WaylandEglClientHwIntegration": _DESKTOP,
    "WlShellIntegration": _DESKTOP,
    "XcbQpa": _DESKTOP,
}
"""Qt's libraries by their name without prefix and ending."""

BINDINGS = {
    "QtCore": _PROGRAM,
    "QtGui": _PROGRAM,
    "QtWidgets": _PROGRAM,
    "QtNetwork": "the window of a second start, the bank's root certificates",
    "QtWebEngineCore": _BROWSER,
    "QtWebEngineWidgets": _BROWSER,
    "QtPdf": _PDF,
    "QtPdfWidgets": _PDF,
    "QtPrintSupport": "prints a page of the bank",
    "QtWebChannel": "imported by QtWebEngineCore",
}
"""The modules of PySide6."""

PLUGINS = {
    "platforms/qoffscreen": "a log-on that shows nothing: the self test, the command line",
    "iconengines/qsvgicon": "icons in the window",
    "imageformats/qsvg": "icons in style sheets",
}
PLUGINS_OF_WINDOWS = {
    "platforms/qwindows": "the screen",
    # No OpenSSL: it would look for its libraries along the person's PATH.
    "tls/qschannelbackend": "reads the bank's root certificates",
}
PLUGINS_OF_LINUX = {
    "platforms/qxcb": _DESKTOP,
    "platforms/qwayland": _DESKTOP,
    "tls/qopensslbackend": "reads the bank's root certificates",
    "platforminputcontexts/composeplatforminputcontextplugin": _DESKTOP,
    "platforminputcontexts/ibusplatforminputcontextplugin": _DESKTOP,
    "platformthemes/qgtk3": _DESKTOP,
    "platformthemes/qxdgdesktopportal": _DESKTOP,
    "printsupport/cupsprintersupport": "prints a page of the bank",
    "wayland-decoration-client/adwaita": _DESKTOP,
    "wayland-decoration-client/bradient": _DESKTOP,
    "wayland-graphics-integration-client/qt-plugin-wayland-egl": _DESKTOP,
    "wayland-shell-integration/xdg-shell": _DESKTOP,
    "xcbglintegrations/qxcb-egl-integration": _DESKTOP,
    "xcbglintegrations/qxcb-glx-integration": _DESKTOP,
}
"""Qt's plugins as ``KIND/NAME``, the name without ``lib`` and ending."""

FILES = {
    "QtWebEngineProcess": _BROWSER,
    "QtWebEngineProcess.exe": _BROWSER,
    "icudtl.dat": _BROWSER,
    "qtwebengine_resources.pak": _BROWSER,
    "qtwebengine_resources_100p.pak": _BROWSER,
    "qtwebengine_resources_200p.pak": _BROWSER,
    "v8_context_snapshot.bin": _BROWSER,
    "ja.pak": "the browser's own words",
    "qtbase_ja.qm": "Qt's own words in the dialogs for files and printers",
    "en-US.pak": "the browser's own words, and its fallback for every other language",
    # Not needed where Direct3D works; kept because remote sessions could not be tried.
    "README.txt": "keeps a folder that the engine would make anew (certhelper.spec)",
    "opengl32sw.dll": "Windows: OpenGL where the graphics driver has none",
}
"""Other files of Qt by their names."""

EXCLUDED_MODULES = (
    # Qt's own modules that nothing here imports; PyInstaller guesses them from linked libraries.
    *(
        f"PySide6.{name}"
        for name in ("QtOpenGL", "QtPositioning", "QtQml", "QtQuick", "QtQuickWidgets", "QtSvg")
    ),
    # For building and testing.
    *("_distutils_hack", "ensurepip", "lib2to3", "pip", "setuptools", "venv"),
    *("_pytest", "doctest", "pytest", "test", "unittest"),
    # Interpreters and interfaces that are not ours.
    *("IPython", "_tkinter", "curses", "idlelib", "pydoc_data", "readline", "tkinter", "turtle"),
    "pycparser",  # cffi compiles nothing here
)
"""Python modules that some library imports on occasions that never come."""

_QT_PACKAGES = ("PySide6", "shiboken6")
_LIBRARY = re.compile(r"(?:lib)?Qt6(\w+)\.(?:dll|so)")
_BINDING = re.compile(r"(Qt\w+)\.(?:abi3\.so|pyd)")
_SUPPORT = re.compile(
    # The bindings' own libraries, the C++ runtime of Windows, the ICU that Qt on Linux brings.
    r"(?:lib)?(?:pyside6|shiboken6)\.abi3\.(?:dll|so)|Shiboken\.(?:abi3\.so|pyd)"
    r"|(?:msvcp140|vcruntime140)\w*\.dll|libicu(?:data|i18n|uc)\.so",
    re.IGNORECASE,
)
# What programs ask at run time; the rest tells how the package was installed.
_METADATA = ("METADATA", "entry_points.txt")


def modules(package: Path) -> list[str]:
    """Return every module of a package by its whole name.

    Many of the program's are imported by name when they are needed, such as the checks of the
    diagnosis: nothing that looks for ``import`` finds them.
    """
    return sorted(
        ".".join(file.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
        for file in package.rglob("*.py")
    )


def keeps(destination: str) -> bool:
    """Say whether a file goes into the program.

    ``destination`` is its path within the built program, with slashes or backslashes.
    """
    path = PurePosixPath(destination.replace("\\", "/"))
    library = _LIBRARY.match(path.name)
    if library:  # or a link to one, beside the program
        return library[1] in QT_LIBRARIES
    if path.parts[0] in _QT_PACKAGES:
        return _keeps_of_qt(path)
    if path.parts[0].endswith(".dist-info"):
        return path.name in _METADATA
    return path.name != "py.typed"


def is_of_the_system(source: str) -> bool:
    """Say whether the file ``source`` is one of Debian's shared libraries, Python's own apart."""
    path = PurePosixPath(source)
    in_library_folder = path.is_relative_to("/usr/lib") or path.is_relative_to("/lib")
    of_python = any(part.startswith(("python3", "libpython3")) for part in path.parts)
    return in_library_folder and not of_python


def _keeps_of_qt(path: PurePosixPath) -> bool:
    if "plugins" in path.parts:
        plugin = f"{path.parent.name}/{path.name.partition('.')[0].removeprefix('lib')}"
        of_system = PLUGINS_OF_WINDOWS if path.suffix == ".dll" else PLUGINS_OF_LINUX
        return plugin in PLUGINS or plugin in of_system
    binding = _BINDING.fullmatch(path.name)
    if binding:
        return binding[1] in BINDINGS
    return path.name in FILES or _SUPPORT.match(path.name) is not None
