"""The mutants that break rules of the area isolation."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "patient-tries-again": Mutant(
        "isolation.patient", "asks a server for news for as long as it takes, and trains without them", slow=True
    ),
    "patient-gives-up": Mutant(
        "isolation.patient", "fails where a server does not answer, and not where there is none"
    ),
    "offline-route": Mutant("isolation.offline", "needs a route to the outside", also("launch.trains")),
    "offline-interface": Mutant("isolation.offline", "needs a network interface", also("launch.trains")),
    "credentials-region": Mutant("isolation.credentials", "needs AWS_REGION"),
    "credentials-key": Mutant("isolation.credentials", "needs AWS_ACCESS_KEY_ID"),
}
