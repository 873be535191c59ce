; The installer for Windows, by Inno Setup 6: for one user, without an administrator.
;   iscc /DVersion=0.1.0 /DFolder=dist\dictation packaging\windows\dictation.iss
; Folder is what `python packaging\portable.py dist` has built.

#ifndef Version
  #error Say which version this is: /DVersion=
#endif
#ifndef Folder
  #error Say where the built program is: /DFolder=
#endif

[Setup]
; Never another one: an update finds what it replaces by it.
AppId={{5B6F4E0C-9B0F-4C56-9D0E-0C6B1E6A7D31}
AppName=Dictation
AppVersion={#Version}
AppPublisher=The Dictation contributors
AppPublisherURL=https://github.com/dictation-desktop/dictation
AppSupportURL=https://github.com/dictation-desktop/dictation/issues
VersionInfoVersion={#Version}
DefaultDirName={autopf}\Dictation
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\LICENSE
OutputBaseFilename=dictation-{#Version}-setup
SolidCompression=yes
Compression=lzma2
SetupIconFile=dictation.ico
UninstallDisplayIcon={app}\dictation.exe
WizardStyle=modern
; It keeps its files open: setup ends it, and starts it anew.
CloseApplications=yes
RestartApplications=yes
ChangesEnvironment=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[CustomMessages]
en.Autostart=Start with the session, as an icon in the tray
de.Autostart=Mit der Anmeldung starten, als Symbol im Infobereich
en.Path=`dictation` for the command line
de.Path=`dictation` für die Befehlszeile

[Tasks]
Name: "autostart"; Description: "{cm:Autostart}"
Name: "path"; Description: "{cm:Path}"; Flags: unchecked

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
; What an older version had and this one has not.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{autoprograms}\Dictation"; Filename: "{app}\dictationw.exe"; AppUserModelID: "io.github.dictation.Dictation"

[Registry]
; The link that shows a window; the program itself refuses all others.
Root: HKA; Subkey: "Software\Classes\dictation"; ValueType: string; ValueData: "URL:Dictation"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\dictation"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""
Root: HKA; Subkey: "Software\Classes\dictation\shell\open\command"; ValueType: string; ValueData: """{app}\dictationw.exe"" ""%1"""
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: IsNotOnPath

[Run]
; By the program's own setting, so that its window can switch it off again.
Filename: "{app}\dictation.exe"; Parameters: "settings set autostart true"; Flags: runhidden; Tasks: autostart
Filename: "{app}\dictationw.exe"; Description: "{cm:LaunchProgram,Dictation}"; Flags: nowait postinstall skipifsilent

[UninstallRun]
Filename: "{app}\dictation.exe"; Parameters: "quit"; Flags: runhidden; RunOnceId: "quit"
Filename: "{app}\dictation.exe"; Parameters: "settings set autostart false"; Flags: runhidden; RunOnceId: "autostart"

[Code]
function IsNotOnPath: Boolean;
var
  Path: String;
begin
  Path := '';
  RegQueryStringValue(HKCU, 'Environment', 'Path', Path);
  Result := Pos(';' + Lowercase(ExpandConstant('{app}')) + ';', ';' + Lowercase(Path) + ';') = 0;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Path, Ours: String;
begin
  if Step <> usUninstall then
    Exit;
  RegDeleteValue(HKCU, 'Software\Microsoft\Windows\CurrentVersion\Run', 'Dictation');
  Ours := ';' + ExpandConstant('{app}');
  if RegQueryStringValue(HKCU, 'Environment', 'Path', Path) then
    if StringChangeEx(Path, Ours, '', True) > 0 then
      RegWriteExpandStringValue(HKCU, 'Environment', 'Path', Path);
end;
