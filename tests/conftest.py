"""How property tests run: the same examples every time, so that a run says something about the change and not about luck.

`HYPOTHESIS_PROFILE=hunt pytest -k …` looks further, at random; what it finds becomes an `@example`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

QUIET = [HealthCheck.too_slow]  # a busy machine is no fault of the code
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=QUIET)
settings.register_profile("hunt", max_examples=3000, deadline=None, suppress_health_check=QUIET, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
