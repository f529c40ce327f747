"""The window filled with 1,000 certificates, beside XCA's window with as many of the same kind.

Both run on a screen of Xvfb.  Ours is measured from the start of the process to the end of the
first paint of the list with all certificates in it, read from an NSS database with their keys;
XCA's to the moment when its window is mapped, which is when its own database, also of certificates
with their keys, has been read: its list is filled then.  The memory is the most that was
resident at a time.

Needs Debian's ``xca``, ``xdotool`` and ``xvfb``.  XCA takes the password of a new database from a
terminal alone, so it is given one.
"""

from __future__ import annotations

import hashlib
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from benchmarks import databases
from benchmarks.processes import CODE, Run
from benchmarks.report import Measurement

_CERTIFICATES = 1_000
_MOST_RUNS_OF_XCA = 5
_PASSWORD = "benchmark"
_PATIENCE = 120.0  # seconds

# Told when the list is painted, by a class that is changed once the program has loaded it: what the
# program loads, and in which order, is measured as it is.
_OURS = """
import os, sys
from importlib.machinery import PathFinder
WANTED = int(sys.argv.pop(1))

class Watched:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "certhelper.desktop.list_view":
            return None
        spec = PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (load(module), watch(module.ListView))
        return spec

def watch(List):
    paint = List.paintEvent

    def painted(view, event):
        paint(view, event)
        model = view.model()
        sections = [model.index(place, 0) for place in range(model.rowCount())]
        if sum(model.rowCount(section) for section in sections) >= WANTED:
            print("painted", flush=True)
            os._exit(0)

    List.paintEvent = painted

sys.meta_path.insert(0, Watched)
from certhelper.__main__ import main
sys.exit(main(sys.argv[1:]) or 1)
"""


def measurements(runs: int) -> Iterator[Measurement]:
    """Both in turn; the first of ours warms the file cache and does not count."""
    directory = databases.database(_CERTIFICATES)
    of_xca = _database_of_xca()
    ours: list[Run] = []
    peer: list[Run] = []
    with _screen() as display:
        _our_window(directory, display)
        for number in range(runs):
            ours.append(_our_window(directory, display))
            if number < _MOST_RUNS_OF_XCA:
                peer.append(_window_of_xca(of_xca, display))
    yield Measurement(
        f"window filled with {_CERTIFICATES}",
        [one.seconds for one in ours],
        "XCA to its window",
        [one.seconds for one in peer],
        0.1,
        (max(one.mebibytes for one in ours), max(one.mebibytes for one in peer)),
    )


def _our_window(directory: Path, display: str) -> Run:
    command = [sys.executable, "-c", _OURS, str(_CERTIFICATES), "--store", f"nss:{directory}"]
    with TemporaryDirectory() as home:
        started = time.perf_counter()
        with subprocess.Popen(
            command,
            cwd=CODE,
            env=_environment(home, display),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            was_painted = process.stdout.readline() == "painted\n"
            took = time.perf_counter() - started
            mebibytes = _most_memory(process)
    if not was_painted:
        raise RuntimeError("the list was not filled")
    return Run(took, mebibytes)


def _window_of_xca(database: Path, display: str) -> Run:
    command = ["xca", f"--database={database}", f"--password=pass:{_PASSWORD}"]
    with TemporaryDirectory() as home:
        environment = _environment(home, display)
        started = time.perf_counter()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            seen = ["xdotool", "search", "--sync", "--onlyvisible", "--pid", str(process.pid), "."]
            subprocess.run(
                seen,
                env=environment,
                check=True,
                timeout=_PATIENCE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            took = time.perf_counter() - started
            process.kill()
            mebibytes = _most_memory(process)
    return Run(took, mebibytes)


def _most_memory(process: subprocess.Popen[Any]) -> float:
    """Wait for the end of a process and return the mebibytes that were resident at most."""
    if sys.platform == "win32":
        raise NotImplementedError
    else:  # noqa: RET506  # a type checker for Windows must not see what follows
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_maxrss / 1024


def _fork_at_terminal() -> tuple[int, int]:
    """Return the child's number, 0 in the child, and the other end of its terminal."""
    if sys.platform == "win32":
        raise NotImplementedError
    else:  # noqa: RET506  # a type checker for Windows must not see what follows
        return pty.fork()


def _database_of_xca() -> Path:
    """Return XCA's database of certificates of the same kind, made once by its own import."""
    recipe = hashlib.sha256(Path(databases.__file__).read_bytes()).hexdigest()[:12]
    folder = platformdirs.user_cache_path("certhelper") / "benchmarks"
    database = folder / f"xca-{_CERTIFICATES}-with-keys-{recipe}.xdb"
    if not database.exists():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"making XCA's database of {_CERTIFICATES} certificates …", flush=True)
        with TemporaryDirectory() as home:
            files = _files(Path(home))
            unfinished = database.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            _import_by_xca(unfinished, files, home)
            unfinished.rename(database)
    return database


def _files(folder: Path) -> list[str]:
    files = []
    for number, entry in enumerate(databases.entries(_CERTIFICATES)):
        assert entry.key is not None
        certificate = x509.load_der_x509_certificate(entry.certificate)
        key = load_der_private_key(bytes(entry.key), None)
        file = folder / f"{number:05}.pem"
        plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(certificate.public_bytes(Encoding.PEM) + key.private_bytes(*plain))
        files.append(str(file))
    return files


def _import_by_xca(database: Path, files: list[str], home: str) -> None:
    """Have XCA make the database; it asks for the password of it at its terminal."""
    options = [f"--database={database}", f"--password=pass:{_PASSWORD}"]
    command = ["xca", "--no-gui", "--import", *options, *files]
    process, terminal = _fork_at_terminal()
    if process == 0:
        os.execvpe(command[0], command, _environment(home, ""))
    said = b""
    while True:
        try:
            said += os.read(terminal, 1 << 12)
        except OSError:  # XCA has closed its end
            break
        if b"Password:" in said:
            said = b""
            os.write(terminal, f"{_PASSWORD}\n".encode())
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status:
        raise RuntimeError(f"xca: status {status}")


@contextmanager
def _screen() -> Iterator[str]:
    """Start Xvfb on a free display and yield its name once it accepts clients."""
    reading, writing = os.pipe()
    screen = ["-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), *screen],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                yield f":{told.readline().strip()}"
        finally:
            server.terminate()


def _environment(home: str, display: str) -> dict[str, str]:
    kept = {"HOME": home, "XDG_CONFIG_HOME": home, "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    return kept | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"} if display else kept
