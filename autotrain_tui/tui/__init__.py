"""The screen: draws state, sends wishes, owns no process."""

import gc
import os
import sys

# Textual paints changes at most this often, and reads the wish when it is imported, which is after this. At its usual
# 60 a key waits 8 ms on average for the next turn while a log runs; at 120 half of that. What we change ourselves
# changes at 15 a second at most, so that more turns cost nothing.
os.environ.setdefault("TEXTUAL_FPS", "120")

# asyncio goes without ssl where there is none, and the screen has no use for it: all between processes is files. 5 ms.
if not {"asyncio", "ssl"} & sys.modules.keys():
    sys.modules["ssl"] = None  # type: ignore[assignment]  # "can't be imported": The import system, 5.3.1
    try:
        import asyncio  # noqa: F401  imported for those who import it after us
    finally:
        del sys.modules["ssl"]

# Start-up makes many objects and no garbage: without the collector the first screen is there an eighth sooner. The
# application turns it on again when that is painted.
gc.disable()
