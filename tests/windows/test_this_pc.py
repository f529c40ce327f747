"""What Windows tells of itself and of its person."""

from __future__ import annotations

import os

import pytest

from certhelper.windows import account, this_pc, wmi
from certhelper.windows.account import Origin, Rights
from certhelper.windows.library import WindowsCallError


def test_the_account_is_named_with_its_origin() -> None:
    """A local account is one whose domain is the computer."""
    found = account.own()
    assert found.name.casefold() == os.environ["USERNAME"].casefold()
    if found.origin is Origin.LOCAL:
        assert found.domain.casefold() == account.computer().casefold()
    assert account.rights() in Rights


def test_an_account_of_entra_is_known_by_its_identifier() -> None:
    """Its domain has whatever name, most often AzureAD."""
    assert account._origin("S-1-12-1-1-2-3-4", "AzureAD") is Origin.AZURE
    assert account._origin("S-1-5-21-1-2-3-1001", "CONTOSO") is Origin.DOMAIN
    assert account._origin("S-1-5-21-1-2-3-1001", account.computer().lower()) is Origin.LOCAL


def test_the_system_has_a_name_and_a_build() -> None:
    """As in the registry, where Windows 11 is still called 10."""
    found = this_pc.system()
    assert found.name.startswith("Windows")
    assert found.build.partition(".")[0].isdecimal()


def test_the_rest_is_told() -> None:
    """Each by its own call."""
    assert this_pc.is_remote() in (False, True)
    assert this_pc.is_watched() in (False, True)
    assert this_pc.locale()
    assert this_pc.code_page() > 0
    assert this_pc.time_zone()
    assert this_pc.screen_scale() is None or this_pc.screen_scale()
    assert this_pc.keeps_dumps() in (False, True)


def test_wmi_answers_a_question() -> None:
    """By COM alone; Wine has these classes, too."""
    names = wmi.texts(r"root\cimv2", "SELECT Caption FROM Win32_OperatingSystem", "Caption")
    assert len(names) == 1
    assert "Windows" in names[0]


def test_wmi_finds_several_objects_or_none() -> None:
    """A property that is no text is left out."""
    query = "SELECT Name, ProcessId FROM Win32_Process"
    assert len(wmi.texts(r"root\cimv2", query, "Name")) > 1
    nobody = "SELECT Name FROM Win32_Process WHERE Name = 'nobody.exe'"
    assert wmi.texts(r"root\cimv2", nobody, "Name") == []
    assert wmi.texts(r"root\cimv2", query, "ProcessId") == []


def test_a_namespace_that_is_not_there_is_an_error() -> None:
    """As that of the Security Center on a Windows Server."""
    with pytest.raises(WindowsCallError) as caught:
        wmi.texts(r"root\nowhere", "SELECT displayName FROM AntiVirusProduct", "displayName")
    assert caught.value.function == "ConnectServer"
    assert caught.value.code == 0x8004100E  # WBEM_E_INVALID_NAMESPACE
