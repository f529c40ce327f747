"""PKCS #11's structures on each system, and modules whose answers are not as they should be."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.stores import pkcs11_calls as calls
from certhelper.stores import pkcs11_flags, pkcs11_looker, pkcs11_reader
from certhelper.stores.pkcs11_messages import Kind, mark_of, message
from certhelper.stores.pkcs11_told import Message, MessageError, cut

IS_WINDOWS = sys.platform == "win32"
NOT_TOLD = ctypes.c_ulong(-1).value
BUFFER_TOO_SMALL, TYPE_INVALID, SENSITIVE, DEVICE_ERROR = 0x150, 0x12, 0x11, 0x30


class FakeModule:
    """A module in this process: slots, tokens and objects that a test makes up.

    ``objects`` are attributes by object; ``answers`` replaces functions.  Every call is counted.
    """

    def __init__(self, slot_flags: int = pkcs11_flags.CKF_TOKEN_PRESENT) -> None:
        self.slot_flags = slot_flags
        self.objects: dict[int, dict[int, bytes]] = {}
        self.called: list[str] = []
        self.answers: dict[str, Callable[..., int]] = {}
        self._found: list[int] = []
        self._table = calls.FunctionList()
        self._kept: list[Any] = []
        for name, (place, types) in calls._FUNCTIONS.items():
            function = ctypes.CFUNCTYPE(ctypes.c_ulong, *types)(self._function(name))
            self._kept.append(function)
            table: Any = self._table
            table.functions[place] = ctypes.cast(function, ctypes.c_void_p).value

    def module(self) -> calls.Module:
        return calls.Module(ctypes.addressof(self._table))

    def put(self, number: int, kind: int, **attributes: bytes) -> None:
        names = {"label": calls.CKA_LABEL, "identifier": calls.CKA_ID, "value": calls.CKA_VALUE}
        known = {names[name]: value for name, value in attributes.items()}
        self.objects[number] = {calls.CKA_CLASS: calls.number(kind), **known}

    def _function(self, name: str) -> Callable[..., int]:
        def call(*arguments: Any) -> int:
            self.called.append(name)
            own = getattr(self, name, None)
            answer = self.answers.get(name, own)
            return 0 if answer is None else answer(*arguments)

        return call

    def C_GetSlotList(self, _present: int, slots: int | None, count: int) -> int:
        ctypes.c_ulong.from_address(count).value = 1
        if slots:
            ctypes.c_ulong.from_address(slots).value = 7
        return 0

    def C_GetSlotInfo(self, _slot: int, address: int) -> int:
        info: Any = calls.SlotInfo.from_address(address)
        info.description, info.flags = b"reader".ljust(64), self.slot_flags
        return 0

    def C_GetTokenInfo(self, _slot: int, address: int) -> int:
        info: Any = calls.TokenInfo.from_address(address)
        info.label, info.manufacturer = b"label".ljust(32), b"maker".ljust(32)
        info.model, info.serial = b"model".ljust(16), b"serial".ljust(16)
        info.flags = 0xFFFFFFFF
        return 0

    def C_OpenSession(self, *arguments: int) -> int:
        ctypes.c_ulong.from_address(arguments[4]).value = 3
        return 0

    def C_FindObjectsInit(self, _session: int, template: int, count: int) -> int:
        self._found = list(self.objects)
        if count:
            attribute: Any = calls.Attribute.from_address(template)
            kind = ctypes.string_at(attribute.value, attribute.length)
            self._found = [n for n in self.objects if self.objects[n][calls.CKA_CLASS] == kind]
        return 0

    def C_FindObjects(self, _session: int, room: int, most: int, count: int) -> int:
        batch, self._found = self._found[:most], self._found[most:]
        octets = b"".join(calls.number(one) for one in batch)
        ctypes.memmove(room, octets, len(octets))
        ctypes.c_ulong.from_address(count).value = len(batch)
        return 0

    def C_GetAttributeValue(self, _session: int, found: int, template: int, count: int) -> int:
        code = 0
        for one in (calls.Attribute * count).from_address(template):
            attribute: Any = one
            value = self.objects[found].get(attribute.type)
            if value is None:
                attribute.length, code = NOT_TOLD, TYPE_INVALID
            elif attribute.value and attribute.length < len(value):
                attribute.length, code = NOT_TOLD, BUFFER_TOO_SMALL
            else:
                if attribute.value:
                    ctypes.memmove(attribute.value, value, len(value))
                attribute.length = len(value)
        return code


def told(module: FakeModule) -> list[tuple[bytes, list[bytes]]]:
    messages = cut(bytearray(b"".join(pkcs11_reader.everything(module.module()))))
    return [(one.kind, list(one.fields)[1:]) for one in messages]


def certificates(module: FakeModule) -> list[list[bytes]]:
    return [fields for kind, fields in told(module) if kind == Kind.CERTIFICATE]


class TestStructures:
    def test_sizes(self) -> None:
        """As the headers of v2.40 give them with a long of 8 octets, or packed with one of 4."""
        assert ctypes.sizeof(ctypes.c_ulong) == (4 if IS_WINDOWS else 8)
        assert ctypes.sizeof(calls.Attribute) == (16 if IS_WINDOWS else 24)
        assert ctypes.sizeof(calls.SlotInfo) == (104 if IS_WINDOWS else 112)
        assert ctypes.sizeof(calls.TokenInfo) == (160 if IS_WINDOWS else 208)
        assert ctypes.sizeof(calls.Arguments) == (44 if IS_WINDOWS else 48)
        functions: Any = calls.FunctionList.functions
        assert functions.offset == (2 if IS_WINDOWS else 8)

    def test_texts_and_flags_of_a_token(self) -> None:
        """They are found where the structure has them; padding stays for the parent to take."""
        token = FakeModule().module().token(7)
        assert token.flags == 0xFFFFFFFF
        assert token.texts == (
            *(b"label".ljust(32), b"maker".ljust(32)),
            *(b"model".ljust(16), b"serial".ljust(16)),
        )


@pytest.mark.parametrize("flags", [1, 1 | pkcs11_flags.CKF_HW_SLOT], ids=["software", "hardware"])
class TestReading:
    def test_objects_of_all_classes(self, flags: int) -> None:
        """Certificates with label, CKA_ID and octets; private keys by their CKA_ID; no others."""
        module = FakeModule(flags)
        for number in range(300):
            value = bytes([number % 256]) * (number + 1)
            module.put(number, 1, label=b"l", identifier=b"i", value=value)
        module.put(900, 3, identifier=b"key")
        module.put(901, 2, identifier=b"public")
        module.put(902, 0, value=b"data")
        answer = told(module)
        assert [kind for kind, _ in answer].count(Kind.CERTIFICATE) == 300
        assert [fields for kind, fields in answer if kind == Kind.KEY] == [[b"key"]]
        assert {kind for kind, _ in answer} == {*(b"S", b"T", b"K", b"C", b"R")}
        for number, fields in enumerate(certificates(module)):
            assert fields == [b"l", b"i", bytes([number % 256]) * (number + 1)]

    def test_long_and_missing_attributes(self, flags: int) -> None:
        """A certificate of 60,000 octets is whole, one without label or CKA_ID stands."""
        module = FakeModule(flags)
        module.put(1, 1, label=b"long", identifier=b"i", value=bytes(60_000))
        module.put(2, 1, value=b"bare")
        assert certificates(module) == [
            [b"long", b"i", bytes(60_000)],
            [b"", b"", b"bare"],
        ]

    def test_an_attribute_without_sense(self, flags: int) -> None:
        """A value of a megabyte is not taken; its certificate and the neighbour are told."""
        module = FakeModule(flags)
        module.put(1, 1, label=b"huge", identifier=b"i", value=bytes(1 << 20))
        module.put(2, 1, label=b"next", identifier=b"i", value=b"der")
        assert certificates(module) == [[b"huge", b"i", b""], [b"next", b"i", b"der"]]

    def test_a_module_that_stops_at_the_first_trouble(self, flags: int) -> None:
        """What it left untouched is asked for by itself: nothing of the one before is shown."""
        module = FakeModule(flags)
        module.put(1, 1, label=b"first", identifier=b"1", value=b"first value")
        module.put(2, 1, identifier=b"2", value=b"second value")

        def stops(session: int, found: int, template: int, count: int) -> int:
            for number in range(count):
                address = template + number * ctypes.sizeof(calls.Attribute)
                code = module.C_GetAttributeValue(session, found, address, 1)
                if code:
                    return code
            return 0

        module.answers["C_GetAttributeValue"] = stops
        assert certificates(module) == [
            [b"first", b"1", b"first value"],
            [b"", b"2", b"second value"],
        ]

    def test_one_object_that_cannot_be_read(self, flags: int) -> None:
        """It is told without its octets, and the others stand."""
        module = FakeModule(flags)
        module.put(1, 1, label=b"bad", value=b"x")
        module.put(2, 1, label=b"good", identifier=b"i", value=b"der")

        def fails(session: int, found: int, template: int, count: int) -> int:
            if found == 1:
                return DEVICE_ERROR
            return module.C_GetAttributeValue(session, found, template, count)

        module.answers["C_GetAttributeValue"] = fails
        assert certificates(module) == [[b"", b"", b""], [b"good", b"i", b"der"]]

    def test_a_slot_that_refuses(self, flags: int) -> None:
        """What it refused is told with its code."""
        module = FakeModule(flags)
        module.answers["C_OpenSession"] = lambda *_: DEVICE_ERROR
        assert told(module)[-1] == (
            Kind.TROUBLE,
            [b"C_OpenSession", DEVICE_ERROR.to_bytes(8, "big")],
        )

    def test_objects_without_end(self, flags: int) -> None:
        """A module that finds for ever is stopped at some time."""
        module = FakeModule(flags)

        def finds(_session: int, room: int, most: int, count: int) -> int:
            ctypes.c_ulong.from_address(count).value = 0xFFFF
            return 0

        module.answers["C_FindObjects"] = finds
        found = module.module().objects(3, calls.CKO_CERTIFICATE)
        assert calls.MOST_OBJECTS <= len(found) < calls.MOST_OBJECTS + 1000


def test_slots_without_end() -> None:
    """A count without sense is cut, and asking again has an end."""
    module = FakeModule()

    def lists(_present: int, slots: int | None, count: int) -> int:
        ctypes.c_ulong.from_address(count).value = 0x7FFFFFFF
        return BUFFER_TOO_SMALL if slots else 0

    module.answers["C_GetSlotList"] = lists
    with pytest.raises(calls.ModuleRefusedError):
        module.module().slots()


def test_no_slot() -> None:
    """A reader-less PC: nothing to be told, nothing wrong."""
    module = FakeModule()
    module.answers["C_GetSlotList"] = lambda *arguments: (
        ctypes.memset(arguments[2], 0, ctypes.sizeof(ctypes.c_ulong)) and 0
    )
    assert told(module) == []


@pytest.mark.parametrize("code", [0xA, 0x7])
def test_a_module_without_locks_of_the_system(code: int) -> None:
    """CKR_CANT_LOCK, or arguments it does not know: it is asked to begin without them."""
    module = FakeModule()
    module.answers["C_Initialize"] = lambda arguments: code if arguments else 0
    module.module().initialize()
    assert module.called == ["C_Initialize"] * 2


def test_a_table_with_a_gap() -> None:
    """A module that lacks a function is none."""
    table: Any = calls.FunctionList()
    with pytest.raises(calls.NotPkcs11Error):
        calls.Module(ctypes.addressof(table))


class TestLooks:
    def test_hardware_is_opened_once(self) -> None:
        """While nothing changes, no certificate is read again, and nothing is closed or opened."""
        module = FakeModule(1 | pkcs11_flags.CKF_HW_SLOT)
        module.put(1, 1, label=b"one", identifier=b"1", value=b"der")
        looks = pkcs11_looker.Looks(module.module())
        first = looks.mark()
        looks.mark()
        module.called.clear()
        assert looks.mark() == first
        assert not {"C_Initialize", "C_Finalize", "C_OpenSession", "C_GetTokenInfo"} & {
            *module.called
        }
        assert "C_GetAttributeValue" not in module.called

    def test_what_changes_on_hardware_is_seen(self) -> None:
        """Another certificate, a pulled token, one that was put back between two looks."""
        module = FakeModule(1 | pkcs11_flags.CKF_HW_SLOT)
        module.put(1, 1, label=b"one", identifier=b"1", value=b"der")
        looks = pkcs11_looker.Looks(module.module())
        marks = [looks.mark()]
        module.put(2, 1, label=b"two", identifier=b"2", value=b"another")
        marks.append(looks.mark())
        module.slot_flags = pkcs11_flags.CKF_HW_SLOT
        marks.append(looks.mark())
        assert len(set(marks)) == 3
        module.slot_flags |= pkcs11_flags.CKF_TOKEN_PRESENT
        assert looks.mark() == marks[1]
        # Pulled and put back: the session is gone, and so is a certificate.
        sessions = iter([0xB3])
        module.answers["C_FindObjectsInit"] = lambda *arguments: (
            next(sessions, None) or module.C_FindObjectsInit(*arguments)
        )
        del module.objects[2]
        assert looks.mark() == marks[0]

    def test_software_is_opened_anew(self) -> None:
        """Only then does it see the tokens that other programs made."""
        module = FakeModule()
        module.put(1, 1, label=b"one", identifier=b"1", value=b"der")
        looks = pkcs11_looker.Looks(module.module())
        assert looks.mark() == looks.mark()
        assert module.called.count("C_Initialize") == module.called.count("C_Finalize") == 2

    def test_it_sees_what_a_reading_saw(self) -> None:
        """Whatever the order in which the module gives its objects."""
        one, other = FakeModule(), FakeModule()
        for number in (1, 2, 3):
            one.put(number, 1, label=b"l", identifier=b"i", value=bytes([number]))
            other.put(4 - number, 1, label=b"l", identifier=b"i", value=bytes([4 - number]))
        assert list(one.objects) != list(other.objects)
        marks = [mark_of(pkcs11_reader.everything(module.module())) for module in (one, other)]
        assert marks[0] == marks[1] == pkcs11_looker.Looks(one.module()).mark()


class TestMessages:
    @given(
        st.lists(st.tuples(st.binary(), st.binary(max_size=300), st.binary())), st.integers(1, 9)
    )
    def test_come_as_they_went(self, sent: list[tuple[bytes, bytes, bytes]], step: int) -> None:
        """However the pipe cuts them."""
        octets = b"".join(message(Kind.CERTIFICATE, 1, *fields) for fields in sent)
        received, came = bytearray(), list[Message]()
        for at in range(0, len(octets), step):
            received += octets[at : at + step]
            came += cut(received)
        assert [tuple(one.fields[1:]) for one in came] == sent
        assert b"".join(one.octets for one in came) == octets
        assert not received

    @given(st.binary(max_size=400))
    def test_octets_of_any_kind(self, octets: bytes) -> None:
        """Nothing but a message, or a :class:`MessageError`, comes of them."""
        try:
            came = list(cut(bytearray(octets)))
        except MessageError:
            return
        assert b"".join(one.octets for one in came) == octets[: sum(len(m.octets) for m in came)]
