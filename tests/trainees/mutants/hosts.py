"""The mutants that break rules of the area hosts."""

from collections.abc import Mapping

from .mutant import Mutant

MUTANTS: Mapping[str, Mutant] = {
    "hosts-trains-one-lookup": Mutant(
        "hosts.trains", "gives up where the first host is not known by its name at once", of="hosts"
    ),
    "hosts-trains-leader-asks-once": Mutant(
        "hosts.trains", "gives up where the other hosts are not known by their names at once", of="hosts"
    ),
    "no-clash-model": Mutant("hosts.no-clash", "saves a model.json on every host", of="hosts"),
    "no-clash-output": Mutant("hosts.no-clash", "writes a metrics.json on every host", of="hosts"),
    "names-hostname": Mutant("hosts.names", "takes its name from /etc/hostname", of="hosts"),
    "names-etc-hosts": Mutant("hosts.names", "takes its name from /etc/hosts", of="hosts"),
    "names-algo-1": Mutant("hosts.names", "takes algo-1 for the host that leads", of="hosts", slow=True),
    "names-sorted": Mutant("hosts.names", "sorts the hosts in one place and not in another", of="hosts", slow=True),
    "uneven-leader-waits": Mutant(
        "hosts.uneven", "leaves without a word where it has no rows, and lets the others wait", of="hosts", slow=True
    ),
}
