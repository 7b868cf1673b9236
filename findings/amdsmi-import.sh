#!/usr/bin/env bash
# amdsmi 7.0.2: without AMD's library, `import amdsmi` raises KeyError, and prints to stdout.
#
# Expected: ImportError, or OSError as ctypes gives it; pynvml imports everywhere, and its nvmlInit() raises.
# Seen: KeyError: 'libamd_smi.so', after two lines on stdout. A monitor that asks every vendor and leaves out what cannot
# be imported (`try: import amdsmi` with `except ImportError` or `except (ImportError, OSError)`) ends there on every
# machine without AMD's driver as soon as the package is installed, and one that writes JSON to stdout writes no JSON.
#
# Output seen:
#   raised: KeyError, is it an ImportError or OSError: False, lines on stdout: 2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q amdsmi==7.0.2 2>"$folder/pip.log" || { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
env -u LD_LIBRARY_PATH "$folder/venv/bin/python" - <<'P'
import contextlib
import io
import sys

printed = io.StringIO()
try:
    with contextlib.redirect_stdout(printed):
        import amdsmi  # noqa: F401
except BaseException as error:  # noqa: BLE001
    raised, usual = type(error).__name__, isinstance(error, (ImportError, OSError))
else:
    sys.exit("it was imported: this machine has AMD's library, or the behaviour has changed")
lines = len(printed.getvalue().splitlines())
print(f"raised: {raised}, is it an ImportError or OSError: {usual}, lines on stdout: {lines}")
sys.exit((raised, usual, lines) != ("KeyError", False, 2))
P
