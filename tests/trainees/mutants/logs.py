"""The mutants that break rules of the area logs."""

from collections.abc import Mapping

from .mutant import Mutant, also

MUTANTS: Mapping[str, Mutant] = {
    "stdio-file": Mutant("logs.stdio", "logs to a file, and to nothing else", also("logs.metrics")),
    "stdio-silent-on-failure": Mutant("logs.stdio", "says nothing where it fails"),
    "metrics-nan": Mutant("logs.metrics", "logs nan for the loss"),
    "metrics-dots": Mutant("logs.metrics", "logs dots before the loss, which the regex takes for a part of it"),
    "metrics-rows-missing": Mutant("logs.metrics", "does not log the rows"),
    "metrics-csv-only": Mutant("logs.metrics", "logs no loss when it reads Parquet", size="smoke"),
    "unbuffered-blocks": Mutant(
        "logs.unbuffered",
        "lets its output wait in a buffer of 8 KiB",
        dockerfile="ENV TRAINEE_BREAKS=unbuffered-blocks PYTHONUNBUFFERED=",
    ),
    "unbuffered-behind-a-line": Mutant(
        "logs.unbuffered",
        "tells on stderr that training begins, and lets its metrics wait in a buffer of 8 KiB",
        dockerfile="""\
ENV TRAINEE_BREAKS=unbuffered-behind-a-line PYTHONUNBUFFERED=
RUN ["sed", "-i", "s/^after = .*/after = 'training begins'/", "/opt/ml/code/algorithm.toml"]""",
    ),
    "unbuffered-at-the-end": Mutant("logs.unbuffered", "logs the metrics of all epochs once it has trained"),
}
