"""The mutants that break rules of the area stop."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "sigterm-no-handler": Mutant(
        "stop.sigterm", "has no handler, so that as process 1 it ignores SIGTERM", also("stop.early"), slow=True
    ),
    "sigterm-shell-wrapper": Mutant(
        "stop.sigterm",
        "is started by a shell script, which does not pass SIGTERM on",
        also("stop.early"),
        dockerfile="""\
RUN printf '#!/bin/sh\\npython -S -B -m small.train "$@"\\nexit $?\\n' >/opt/ml/code/start
RUN chmod +x /opt/ml/code/start
ENTRYPOINT ["/opt/ml/code/start"]""",
        slow=True,
    ),
    "saves-model-exits": Mutant("stop.saves-model", "ends at once when it gets SIGTERM, without saving anything"),
    "saves-model-empty": Mutant("stop.saves-model", "opens the model for writing when it gets SIGTERM, and ends"),
    "early-handler-after-reading": Mutant("stop.early", "installs its handler only behind the reading", slow=True),
}
