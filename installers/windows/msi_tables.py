"""The rows of Windows Installer's tables that wixl 0.101 cannot write, as changes in libmsi's SQL.

It lacks: any text outside ASCII, files that come from a property, commands, the place of a step in
the sequence.  What the tables mean: learn.microsoft.com/windows/win32/msi/database-tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from certhelper import texts
from installers.windows import identity

OWN_KEY = r"Software\certhelper"
"""The product that is there for good writes its code here (value ``Product``).

One that only makes room for its successor finds another code, and leaves the machine-wide folder.
"""

_REMOVED = 'REMOVE="ALL" AND INSTALLEDPRODUCT=ProductCode AND NOT UPGRADINGPRODUCTCODE'
_COMMANDS = (
    # Windows Installer's own table for this (RemoveFile) knows no wildcards under Wine.
    ("ReplaceBanks", "BANKPROFILE AND NOT REMOVE", r'del /q "[BanksFolder]*.toml"', 3790),
    ("ReplaceSettings", "SETTINGS AND NOT REMOVE", r'del /q "[MachineFolder]settings.toml"', 3791),
    ("RemoveBanks", _REMOVED, r'rmdir /s /q "[MachineFolder]banks"', 3401),
    ("RemoveSettings", _REMOVED, r'del /q "[MachineFolder]settings.toml"', 3402),
)
"""Name, condition, words for ``cmd``, place: before MoveFiles, and before RemoveFolders (3600)."""

_SEQUENCE = {
    "MoveFiles": 3800,  # as in Microsoft's suggested sequence
    # The version before goes when this one's files are there, so what both have is only replaced,
    # and before this one is registered: Wine forgets the upgrade code with the version that goes.
    "InstallExecute": 5900,
}
_REMOVE_BEFORE = 5901
# A program in a folder, as part of the installation, with its rights, whatever it answers:
# msidbCustomActionTypeExe + Directory, Continue, InScript, NoImpersonate.
_COMMAND = 2 + 32 + 64 + 1024 + 2048
_VALUE_OF_64_BIT_PROGRAMS = 2 + 16  # msidbLocatorTypeRawValue, msidbLocatorType64bit
_MIGRATE_AND_SAME_VERSION = 1 + 512  # msidbUpgradeAttributesMigrateFeatures, VersionMaxInclusive

_MOVE_FILE = (
    "CREATE TABLE `MoveFile` (`FileKey` CHAR(72) NOT NULL, `Component_` CHAR(72) NOT NULL, "
    "`SourceName` CHAR(255) LOCALIZABLE, `DestName` CHAR(255) LOCALIZABLE, "
    "`SourceFolder` CHAR(72), `DestFolder` CHAR(72) NOT NULL, `Options` INT NOT NULL "
    "PRIMARY KEY `FileKey`)"
)


def changes(version: str) -> Iterator[str]:
    """Yield the changes to what wixl has written, one query each."""
    yield from _words()
    yield from _upgrade(version)
    for action, place in _SEQUENCE.items():
        yield _insert("InstallExecuteSequence", Action=action, Sequence=place)
    for name, condition, words, place in _COMMANDS:
        command = f'"[System64Folder]cmd.exe" /d /c {words}'  # /d: without AutoRun
        yield _insert(
            "CustomAction", Action=name, Type=_COMMAND, Source="ProgramFolder", Target=command
        )
        yield _insert("InstallExecuteSequence", Action=name, Condition=condition, Sequence=place)
    yield from _files_of_the_administrator()


def _words() -> Iterator[str]:
    def said(name: str) -> str:
        return texts.text(f"installer.{name}", "ja")

    yield _update("Property", "Property", "ProductName", Value=said("name.product"))
    yield _update(
        "Shortcut",
        "Shortcut",
        "start",
        Name=said("name.shortcut"),
        Description=said("name.shortcut-says"),
        # Not an advertised one, which would start a repair where somebody has removed a file.
        Target="[ProgramFolder]certhelper.exe",
    )
    yield _update(
        "LaunchCondition",
        "Condition",
        "NOT WIX_DOWNGRADE_DETECTED",
        Description=said("msi.newer-installed"),
    )


def _upgrade(version: str) -> Iterator[str]:
    found = "WIX_UPGRADE_DETECTED"
    # The attributes are part of the key, which cannot be changed.
    yield f"DELETE FROM `Upgrade` WHERE `ActionProperty`='{found}'"  # noqa: S608  # all ours
    yield _insert(
        "Upgrade",
        UpgradeCode=f"{{{str(identity.UPGRADE_CODE).upper()}}}",
        VersionMax=version,
        Attributes=_MIGRATE_AND_SAME_VERSION,
        ActionProperty=found,
    )
    yield _update(
        "InstallExecuteSequence", "Action", "RemoveExistingProducts", Sequence=_REMOVE_BEFORE
    )
    yield _update("RegLocator", "Name", "Product", Type=_VALUE_OF_64_BIT_PROGRAMS)


def _files_of_the_administrator() -> Iterator[str]:
    # BANKPROFILE and SETTINGS are not among the properties that are taken from anybody
    # (SecureCustomProperties): a repair runs with the system's rights, and every user of the PC
    # may ask for one with properties of their own.  An administrator's are always taken
    # (learn.microsoft.com/windows/win32/msi/restricted-public-properties).
    yield _update(
        "Property",
        "Property",
        "SecureCustomProperties",
        Value="WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED",
    )
    yield _MOVE_FILE
    common: dict[str, str | int] = {"Component_": "machine", "Options": 0}
    # Without a source name the property is the file itself; without a new name it keeps its own.
    yield _insert(
        "MoveFile", FileKey="bank", SourceFolder="BANKPROFILE", DestFolder="BanksFolder", **common
    )
    yield _insert(
        "MoveFile",
        FileKey="settings",
        SourceFolder="SETTINGS",
        DestFolder="MachineFolder",
        DestName="settings.toml",
        **common,
    )


def _insert(table: str, **row: str | int) -> str:
    columns = ", ".join(f"`{name}`" for name in row)
    values = ", ".join(map(_literal, row.values()))
    return f"INSERT INTO `{table}` ({columns}) VALUES ({values})"  # noqa: S608  # all ours


def _update(table: str, key: str, wanted: str, **row: str | int) -> str:
    values = ", ".join(f"`{name}`={_literal(value)}" for name, value in row.items())
    return f"UPDATE `{table}` SET {values} WHERE `{key}`='{wanted}'"  # noqa: S608  # all ours


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
