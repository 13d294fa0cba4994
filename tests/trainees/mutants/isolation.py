"""The mutants that break rules of the area isolation."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "offline-route": Mutant("isolation.offline", "needs a route to the outside", also("launch.trains")),
    "offline-interface": Mutant("isolation.offline", "needs a network interface", also("launch.trains")),
    "credentials-region": Mutant("isolation.credentials", "needs AWS_REGION"),
    "credentials-key": Mutant("isolation.credentials", "needs AWS_ACCESS_KEY_ID"),
}
