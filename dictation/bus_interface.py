"""What programs can call and hear on the session's message bus, as README tells it.

One table: the description that the bus asks for, and what calls are checked by.
"""

from __future__ import annotations

from dataclasses import dataclass

from dictation.program import APP_ID

NAME = APP_ID
PATH = "/io/github/dictation/Dictation"
INTERFACE = "io.github.dictation.Dictation1"
PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
PEER = "org.freedesktop.DBus.Peer"

DBUS_ERROR = "org.freedesktop.DBus.Error."
ERROR = f"{INTERFACE}.Error."
# By the exit code that the same error has on the command line.
ERRORS = {
    2: "Usage",
    3: "Settings",
    4: "Key",
    5: "Credits",
    6: "Service",
    7: "Microphone",
    8: "NoSpeech",
    9: "NotDelivered",
}

Arguments = dict[str, str]  # signatures by name, in order


@dataclass(frozen=True, slots=True)
class Method:
    """What a method takes and gives."""

    takes: Arguments
    gives: Arguments


class BadCall(Exception):
    """A call that can't be: the error's name and words for it."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(words)
        self.error, self.words = DBUS_ERROR + error, words


STATE = {"state": "s", "take": "s", "waiting": "u"}
METHODS: dict[str, dict[str, Method]] = {
    INTERFACE: {
        "Start": Method({}, {"take": "s"}),
        "Stop": Method({}, {"take": "s", "text": "s"}),
        "Toggle": Method({}, {"take": "s"}),
        "Press": Method({"profile": "s"}, {"take": "s"}),
        "Release": Method({"profile": "s"}, {"take": "s"}),
        "Cancel": Method({}, {"take": "s"}),
        "PasteLast": Method({}, {}),
        "Status": Method({}, STATE),
    },
    PROPERTIES: {
        "Get": Method({"interface": "s", "name": "s"}, {"value": "v"}),
        "GetAll": Method({"interface": "s"}, {"values": "a{sv}"}),
        "Set": Method({"interface": "s", "name": "s", "value": "v"}, {}),
    },
    INTROSPECTABLE: {"Introspect": Method({}, {"xml": "s"})},
    PEER: {"Ping": Method({}, {})},
}
SIGNALS: dict[str, dict[str, Arguments]] = {
    INTERFACE: {"StateChanged": STATE},
    PROPERTIES: {
        "PropertiesChanged": {"interface": "s", "changed": "a{sv}", "invalidated": "as"},
    },
}
CONSTANT = "org.freedesktop.DBus.Property.EmitsChangedSignal"
HEAD = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
    '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n'
)


def signature(arguments: Arguments) -> str:
    """The signature of all of them."""
    return "".join(arguments.values())


def find(path: str, interface: str, member: str, given: str) -> tuple[str, Method]:
    """The interface and method that are called; one that names no interface means the first with
    such a method. Raises BadCall.
    """
    if path == PATH:
        here = METHODS
    elif _child(path):
        here = {name: METHODS[name] for name in (INTROSPECTABLE, PEER)}
    else:
        raise BadCall("UnknownObject", f"There is nothing at {path}; {PATH} is what is here.")
    if interface and interface not in here:
        raise BadCall("UnknownInterface", f"{path} has no interface {interface}.")
    for name in [interface] if interface else here:
        if method := here[name].get(member):
            if signature(method.takes) != given:
                words = f"{member} takes ({signature(method.takes)}) and was given ({given})."
                raise BadCall("InvalidArgs", words)
            return name, method
    raise BadCall("UnknownMethod", f"{path} has no method {member}.")


def describe(path: str) -> str:
    """The introspection of our object, or of one on the way to it."""
    if path != PATH:
        return f'{HEAD}<node>\n <node name="{_child(path)}"/>\n</node>\n'
    lines = ["<node>"]
    for interface, methods in METHODS.items():
        lines.append(f' <interface name="{interface}">')
        for name, method in methods.items():
            arguments = [*_arguments(method.takes, "in"), *_arguments(method.gives, "out")]
            lines += [f'  <method name="{name}">', *arguments, "  </method>"]
        for name, told in SIGNALS.get(interface, {}).items():
            lines += [f'  <signal name="{name}">', *_arguments(told), "  </signal>"]
        if interface == INTERFACE:
            lines += [
                '  <property name="State" type="s" access="read"/>',
                '  <property name="Version" type="s" access="read">',
                f'   <annotation name="{CONSTANT}" value="const"/>',
                "  </property>",
            ]
        lines.append(" </interface>")
    return HEAD + "\n".join([*lines, "</node>"]) + "\n"


def _arguments(arguments: Arguments, direction: str = "") -> list[str]:
    where = f' direction="{direction}"' if direction else ""
    return [f'   <arg name="{name}" type="{kind}"{where}/>' for name, kind in arguments.items()]


def _child(path: str) -> str:
    """The next part of the way from there to our object; "" where it isn't on the way."""
    above = path.rstrip("/") + "/"
    return PATH.removeprefix(above).partition("/")[0] if PATH.startswith(above) else ""
