; The set-up program for one person: no administrator is needed, nothing outside their account is
; touched.  installers/windows/setup_program.py gives what stands in ${...} and writes the two
; included files: generated-files.nsh (what is installed, file by file) and generated-texts.nsh.
;
; Command line (docs/administrators.md):
;   /S              silent            /AUTOSTART=1|0   start at sign-in, or not
;   /D=FOLDER       where to          (must be the last one, without quotes)
; Exit status: 0 done, 1 cancelled, 3 a newer version is installed, 4 the program is running,
;   5 Windows is too old, 6 the version before could not be removed.
; The uninstaller: /S silent, /REMOVESETTINGS removes what is otherwise kept; 4 as above.

Unicode true
Target amd64-unicode
RequestExecutionLevel user
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10
!ifdef UNCOMPRESSED
  SetCompress off
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64 ; MB
!endif
BrandingText "certhelper ${VERSION}"

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include WinVer.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\certhelper"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define SETTINGS "$LOCALAPPDATA\certhelper"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\certhelper.exe"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Japanese"
!insertmacro MUI_LANGUAGE "English"

!include "${GENERATED}\generated-files.nsh"
!include "${GENERATED}\generated-texts.nsh"

Name "$(PRODUCT)"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\certhelper"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
VIProductVersion "${VERSION}.0"
!macro VERSION_INFORMATION LANGUAGE DESCRIPTION
  VIAddVersionKey /LANG=${LANGUAGE} "ProductName" "${DESCRIPTION}"
  VIAddVersionKey /LANG=${LANGUAGE} "FileDescription" "${DESCRIPTION}"
  VIAddVersionKey /LANG=${LANGUAGE} "CompanyName" "${COMPANY}"
  VIAddVersionKey /LANG=${LANGUAGE} "FileVersion" "${VERSION}"
  VIAddVersionKey /LANG=${LANGUAGE} "ProductVersion" "${VERSION}"
  VIAddVersionKey /LANG=${LANGUAGE} "LegalCopyright" ""
!macroend
!insertmacro VERSION_INFORMATION ${LANG_JAPANESE} "${PRODUCT_JAPANESE}"
!insertmacro VERSION_INFORMATION ${LANG_ENGLISH} "${PRODUCT_ENGLISH}"

Var Folder ; where the program is that must not run
Var Busy
Var Shortcut

; A silent start has no window: who started it may read its standard output.
!macro REFUSE TEXT STATUS
  ${If} ${Silent}
    System::Call 'kernel32::GetStdHandle(i -11) p .r9'
    ${If} $9 P<> 0
      FileWrite $9 `${TEXT}$\r$\n`
    ${EndIf}
  ${Else}
    MessageBox MB_OK|MB_ICONEXCLAMATION `${TEXT}`
  ${EndIf}
  SetErrorLevel ${STATUS}
  Quit
!macroend

; Windows lets nobody write to the file of a program that runs.
!macro NOTE_IF_BUSY NAME
  ${If} ${FileExists} "$Folder\${NAME}"
    ClearErrors
    FileOpen $9 "$Folder\${NAME}" a
    ${If} ${Errors}
      StrCpy $Busy 1
    ${Else}
      FileClose $9
    ${EndIf}
  ${EndIf}
!macroend

; A session with the bank may be open, so the program is never closed from here: the person does.
!macro WAIT_UNTIL_CLOSED
  ${Do}
    StrCpy $Busy 0
    !insertmacro NOTE_IF_BUSY "certhelper.exe"
    !insertmacro NOTE_IF_BUSY "certhelper.com"
    !insertmacro NOTE_IF_BUSY "_internal\PySide6\QtWebEngineProcess.exe"
    ${If} $Busy = 0
      ${ExitDo}
    ${EndIf}
    ${If} ${Silent}
      !insertmacro REFUSE "$(RUNNING)" 4
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(RUNNING)" IDRETRY +3
      SetErrorLevel 4
      Quit
  ${Loop}
!macroend

Section "$(SECTION_PROGRAM)" SECTION_PROGRAM
  SectionIn RO
  Call RemoveOldVersion
  SetOutPath "$INSTDIR"
  ; The way to remove it comes first: an installation that is cut short can be removed, too.
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "$(PRODUCT)"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\certhelper.exe,0"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "${COMPANY}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Shortcut" "$(SHORTCUT)"
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KIB}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  !insertmacro INSTALL_FILES
  SetOutPath "$INSTDIR"
  CreateShortcut "$SMPROGRAMS\$(SHORTCUT).lnk" "$INSTDIR\certhelper.exe" "" \
    "$INSTDIR\certhelper.exe" 0 SW_SHOWNORMAL "" "$(SHORTCUT_SAYS)"
  DeleteRegValue HKCU "${RUN_KEY}" "certhelper"
SectionEnd

Section /o "$(SECTION_AUTOSTART)" SECTION_AUTOSTART
  WriteRegStr HKCU "${RUN_KEY}" "certhelper" '"$INSTDIR\certhelper.exe"'
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SECTION_PROGRAM} "$(SECTION_PROGRAM_SAYS)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SECTION_AUTOSTART} "$(SECTION_AUTOSTART_SAYS)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
  SetShellVarContext current
  ${IfNot} ${AtLeastWin10}
    !insertmacro REFUSE "$(OLD_WINDOWS)" 5
  ${EndIf}
  ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "DisplayVersion"
  ${If} $0 != ""
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 = 1
      !insertmacro REFUSE "$(NEWER_INSTALLED)" 3
    ${EndIf}
  ${EndIf}
  ReadRegStr $Folder HKCU "${UNINSTALL_KEY}" "InstallLocation"
  !insertmacro WAIT_UNTIL_CLOSED
  ; What was chosen once is proposed again, and kept by a silent upgrade.
  ReadRegStr $0 HKCU "${RUN_KEY}" "certhelper"
  ${GetParameters} $1
  ClearErrors
  ${GetOptions} $1 "/AUTOSTART=" $2
  ${IfNot} ${Errors}
    StrCpy $0 ""
    ${If} $2 == "1"
      StrCpy $0 "yes"
    ${EndIf}
  ${EndIf}
  ${If} $0 != ""
    !insertmacro SelectSection ${SECTION_AUTOSTART}
  ${EndIf}
FunctionEnd

; Only its own uninstaller knows which files an older version brought.
Function RemoveOldVersion
  ${If} ${FileExists} "$Folder\uninstall.exe"
    InitPluginsDir
    CopyFiles /SILENT "$Folder\uninstall.exe" "$PLUGINSDIR\old.exe"
    ClearErrors
    ExecWait '"$PLUGINSDIR\old.exe" /S /UPGRADE _?=$Folder' $0
    ${If} ${Errors}
    ${OrIf} $0 <> 0
      !insertmacro REFUSE "$(OLD_REMAINS)" 6
    ${EndIf}
  ${EndIf}
FunctionEnd

; ---- removal

Section /o "un.$(REMOVE_SETTINGS)" REMOVE_SETTINGS
SectionEnd

Section "un.$(REMOVE_PROGRAM)" REMOVE_PROGRAM
  SectionIn RO
  ${GetParameters} $1
  ClearErrors
  ${GetOptions} $1 "/UPGRADE" $2
  ${If} ${Errors}
    Call un.ForgetPerson
  ${EndIf}
  !insertmacro REMOVE_FILES
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${REMOVE_SETTINGS} "$(REMOVE_SETTINGS_SAYS)"
  !insertmacro MUI_DESCRIPTION_TEXT ${REMOVE_PROGRAM} "$(REMOVE_PROGRAM_SAYS)"
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

Function un.onInit
  SetShellVarContext current
  StrCpy $Folder $INSTDIR
  !insertmacro WAIT_UNTIL_CLOSED
  ${GetParameters} $1
  ClearErrors
  ${GetOptions} $1 "/REMOVESETTINGS" $2
  ${IfNot} ${Errors}
    !insertmacro SelectSection ${REMOVE_SETTINGS}
  ${EndIf}
FunctionEnd

; What stands outside the program's own folder, as far as the person does not keep it.
Function un.ForgetPerson
  StrCpy $0 "--keep-settings"
  ${If} ${SectionIsSelected} ${REMOVE_SETTINGS}
    StrCpy $0 ""
  ${EndIf}
  nsExec::Exec '"$INSTDIR\certhelper.com" --part certhelper.removal $0'
  Pop $1
  ReadRegStr $Shortcut HKCU "${UNINSTALL_KEY}" "Shortcut"
  ${If} $Shortcut != ""
    Delete "$SMPROGRAMS\$Shortcut.lnk"
  ${EndIf}
  DeleteRegValue HKCU "${RUN_KEY}" "certhelper"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
FunctionEnd
