"""The lock under which msgspec looks at a record's class for the first time.

msgspec 0.22 puts what it knows of a Struct into the class before that is complete; a second thread that decodes by it
meanwhile ends the process. A decoder that is made at import is safe: imports of one module have a lock of their own.
"""

from __future__ import annotations

import _thread  # threading would cost the plain commands a millisecond

__all__ = ["FIRST_DECODING"]

FIRST_DECODING = _thread.allocate_lock()
