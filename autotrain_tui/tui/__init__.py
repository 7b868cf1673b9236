"""The screen: draws state, sends commands, owns no process."""

import gc
import os

# Textual paints changes at most this often, and reads the variable when it is imported, which is after this. At its
# usual 60 a key waits 8 ms on average for the next turn while a log runs; at 120 half of that. What we change ourselves
# changes at 15 a second at most, so that more turns cost nothing.
os.environ.setdefault("TEXTUAL_FPS", "120")

# Start-up makes many objects and no garbage: without the collector the first screen is there an eighth sooner. The
# application turns it on again when that is painted.
gc.disable()
