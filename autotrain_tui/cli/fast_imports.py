"""Libraries, imported the short way: for plain commands, most of whose time is imports.

Some modules import others only for a name or two that no plain command uses. Stand-ins for those are there while the
importing module is loaded, and gone afterwards: whoever imports one of them later gets it as ever.
Call these before there are threads. What is loaded already stays as it is.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing typing for it would cost the plain commands 9 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["import_argparse", "import_msgspec", "import_pathlib"]


def import_pathlib() -> None:
    """Import pathlib without what `as_uri` wants (urllib.parse and ipaddress), what is for Windows, and what warns."""
    _import(
        "pathlib",
        {
            "urllib.parse": {"quote_from_bytes": _later("urllib.parse", "quote_from_bytes")},
            "ntpath": {"__getattr__": _all_of("ntpath")},
            **_warnings(),
        },
    )


def import_argparse() -> None:
    """Import argparse without gettext: it then speaks English, as all of our own messages do."""
    _import("argparse", {"gettext": {"gettext": str, "ngettext": _count}, **_warnings()})


def import_msgspec() -> None:
    """Import msgspec without what no record of ours needs; nothing when it or typing_extensions is there already.

    msgspec (`_utils.py`) takes typing's own names where typing_extensions is missing, and those of Python 3.11 are all
    it wants. Where typing_extensions is installed (Textual wants it) it would draw in inspect, ast and tokenize: 8 ms,
    nearly as much as the bare interpreter. Of uuid and decimal its core takes classes, to know values of them: no
    record of ours has one. JSON schemas, and what describes types for them, are loaded when they are asked for. The
    classes of datetime are those of its C module; importing its Python module adds none that msgspec takes.
    """
    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return  # asked for before each record that is read
    _import("typing", _warnings())
    _import(
        "msgspec",
        {
            "typing_extensions": None,
            "uuid": {"UUID": type("UUID", (), {}), "SafeUUID": type("SafeUUID", (), {"unknown": None})},
            "decimal": {"Decimal": type("Decimal", (), {})},
            "datetime": _public("_datetime"),
            "msgspec.inspect": {"__getattr__": _all_of("msgspec.inspect")},
            "msgspec._json_schema": {
                name: _later("msgspec._json_schema", name) for name in ("schema", "schema_components")
            },
        },
    )


def _import(name: str, stand_ins: Mapping[str, Mapping[str, object] | None]) -> None:
    """Import `name` while these modules have only these attributes; None: they can't be imported."""
    if name in sys.modules:
        return
    made: dict[str, Any] = {}
    for each, attributes in stand_ins.items():
        if each in sys.modules:
            continue
        made[each] = None if attributes is None else type(sys)(each)  # The import system, 5.3.1
        if attributes is not None:
            vars(made[each]).update(attributes)
        sys.modules[each] = made[each]
    try:
        _module(name)
    finally:
        for each, module in made.items():
            if sys.modules.get(each) is module:
                del sys.modules[each]


def _module(name: str) -> Any:
    """As importlib.import_module, which would import warnings too."""
    __import__(name)
    return sys.modules[name]


def _public(name: str) -> dict[str, object]:
    """What a module offers."""
    return {each: value for each, value in vars(_module(name)).items() if not each.startswith("__")}


def _later(module: str, name: str) -> Callable[..., Any]:
    """A function that does what the module's own of this name does."""

    def call(*args: object, **kwargs: object) -> object:
        return getattr(_module(module), name)(*args, **kwargs)

    return call


def _warnings() -> dict[str, dict[str, object]]:
    """A stand-in for a module that many import and few use."""
    return {"warnings": {"__getattr__": _all_of("warnings")}}


def _all_of(module: str) -> Callable[[str], object]:
    """What gets any attribute of a module from the module itself (PEP 562), also while it stands in for it."""

    def get(name: str) -> object:
        if vars(sys.modules.get(module, sys)).get("__getattr__") is get:
            del sys.modules[module]
        return getattr(_module(module), name)

    return get


def _count(one: str, many: str, count: int) -> str:
    """Gettext's choice without a language."""
    return one if count == 1 else many
