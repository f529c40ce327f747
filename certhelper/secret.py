"""The one place where a PIN or a passphrase lives.

A ``Secret`` owns a buffer that is overwritten when it is no longer needed.  It is never a ``str``:
it cannot be formatted, pickled, copied, compared or logged by accident.  Python gives no promise
about copies that an operating system or a library makes; the rule here is that *we* make none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import NoReturn, Self

_READ_SIZE = 256


class SecretTooLongError(Exception):
    """A secret grew past the limit its owner set; carries the limit, never the content."""

    def __init__(self, limit: int) -> None:
        super().__init__("a secret is longer than its limit")
        self.limit = limit


class Secret:
    """An owned, wipeable sequence of octets (UTF-8 where it came from text).

    The buffer is allocated at its full size at once, because a growing ``bytearray`` leaves its
    old copies behind in freed memory.
    """

    __slots__ = ("_buffer", "_length")

    def __init__(self, limit: int = 256) -> None:
        self._buffer = bytearray(limit)
        self._length = 0

    @classmethod
    def from_characters(cls, characters: str, limit: int = 256) -> Self:
        """Take characters that are already a ``str`` (an OS keyring's answer, a test)."""
        secret = cls(limit)
        for character in characters:
            secret.append(character)
        return secret

    @classmethod
    def read_line(cls, descriptor: int, limit: int = 256, *, needs_end: bool = False) -> Self:
        """Read up to the first line feed or the end of ``descriptor``, without a ``bytes`` copy.

        A carriage return before the line feed is dropped.  Octets after the line feed are not
        kept.  ``needs_end`` says that only a line feed ends a line, as at a terminal, where the end
        of the input (Ctrl-D) is no answer: ``EOFError`` then.  Raises :class:`SecretTooLongError`
        past ``limit`` octets (everything read is wiped), ``OSError`` as :func:`os.readv` and
        :func:`os.read` do.
        """
        secret = cls(limit)
        chunk = bytearray(_READ_SIZE)
        try:
            while (count := _read_into(descriptor, chunk)) > 0:
                for index in range(count):
                    octet = chunk[index]
                    if octet == 0x0A:
                        secret._drop_carriage_return()
                        return secret
                    secret._append_octet(octet)
            if needs_end:
                raise EOFError
            secret._drop_carriage_return()
            return secret
        except BaseException:
            secret.wipe()
            raise
        finally:
            _overwrite(chunk)

    def append(self, character: str) -> None:
        """Append one character.  Raises :class:`SecretTooLongError`, ``ValueError`` for not one."""
        if len(character) != 1:
            raise ValueError("one character at a time")
        for octet in character.encode("utf-8"):
            self._append_octet(octet)

    def remove_last(self) -> None:
        """Remove the last character; nothing happens when there is none."""
        while self._length:
            self._length -= 1
            octet = self._buffer[self._length]
            self._buffer[self._length] = 0
            if octet & 0xC0 != 0x80:
                return

    def wipe(self) -> None:
        """Overwrite everything; the secret is empty afterwards and may be used again."""
        _overwrite(self._buffer)
        self._length = 0

    def __len__(self) -> int:
        """Length in octets (equal to characters for the bank's PIN, which is ASCII)."""
        return self._length

    def characters(self) -> Iterator[str]:
        """Yield the characters one by one; no string ever holds two of them.

        Raises ``UnicodeDecodeError`` naming one octet only when the content is not UTF-8.
        """
        index = 0
        while index < self._length:
            size = _utf8_size(self._buffer[index])
            yield self._buffer[index : index + size].decode("utf-8")
            index += size

    @contextmanager
    def view(self) -> Iterator[memoryview]:
        """Lend the octets without copying them, for ``os.write`` or a C call."""
        whole = memoryview(self._buffer)
        part = whole[: self._length]
        try:
            yield part
        finally:
            part.release()
            whole.release()

    def write_line(self, descriptor: int) -> None:
        """Write the octets and a line feed to ``descriptor``.  Raises ``OSError``."""
        with self.view() as octets:
            written = 0
            while written < len(octets):
                with octets[written:] as rest:
                    written += os.write(descriptor, rest)
        os.write(descriptor, b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.wipe()

    def __del__(self) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never copied or stored")

    def __copy__(self) -> NoReturn:
        raise TypeError("a Secret is never copied or stored")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a Secret is never copied or stored")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]  # a hash of a short PIN would be the PIN

    def _append_octet(self, octet: int) -> None:
        if self._length >= len(self._buffer):
            limit = len(self._buffer)
            self.wipe()
            raise SecretTooLongError(limit)
        self._buffer[self._length] = octet
        self._length += 1

    def _drop_carriage_return(self) -> None:
        if self._length and self._buffer[self._length - 1] == 0x0D:
            self._length -= 1
            self._buffer[self._length] = 0


def _read_into(descriptor: int, chunk: bytearray) -> int:
    if sys.platform == "win32":
        data = os.read(descriptor, len(chunk))  # there is no readv; this copy is short-lived
        chunk[: len(data)] = data
        return len(data)
    else:  # noqa: RET505  # a type checker for Windows must not see what follows
        return os.readv(descriptor, [chunk])


def _overwrite(buffer: bytearray) -> None:
    for index in range(len(buffer)):
        buffer[index] = 0


def _utf8_size(lead: int) -> int:
    if lead < 0x80:
        return 1
    return 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
