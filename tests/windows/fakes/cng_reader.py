"""The program's reader of Windows' store, with our ncrypt.dll in the place of Windows' own.

``python cng_reader.py FOLDER_OF_THE_PROGRAM DLL``
"""

import sys
from pathlib import Path

root = Path(sys.argv[1])
sys.path[:0] = [str(root), str(root / "tests")]

from support import fakes  # noqa: E402  # found by the lines above

from certhelper.stores import windows_reader  # noqa: E402

with fakes.cng(Path(sys.argv[2])):
    sys.exit(windows_reader.main([]))
