"""What macOS lets this program do, and which program keeps the keyboard to itself."""

from __future__ import annotations

from dictation.mac import framework


def is_trusted() -> bool:
    """Whether the user allows this program to hear and press keys (Accessibility)."""
    return bool(framework("ApplicationServices").AXIsProcessTrusted())


def ask_trust() -> None:
    """Lets macOS ask the user, who finds the program in the list then."""
    services = framework("ApplicationServices")
    services.AXIsProcessTrustedWithOptions({services.kAXTrustedCheckOptionPrompt: True})


def secure_input() -> str | None:
    """The program that lets no other hear keys, "" where its name is not known; None for none."""
    session = framework("Quartz").CGSessionCopyCurrentDictionary() or {}
    process = session.get("kCGSSessionSecureInputPID")
    if not process:
        return None
    kit = framework("AppKit")
    program = kit.NSRunningApplication.runningApplicationWithProcessIdentifier_(int(process))
    return str(program.localizedName() or "") if program else ""
