"""A covering array: few combinations of values in which every pair that can occur together does.

allpairspy makes the combinations. With constraints it leaves some pairs out, so all are counted here, and what is
missing is added; what occurs in other jobs of the plan is not missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

from allpairspy import AllPairs

from conformance.contract.choices import normalised, value_of

Factors = Mapping[str, Sequence[str]]
"""The values of each choice, the plain one first."""
Chosen = tuple[tuple[str, str], ...]
"""Values of some choices: one, or a pair."""
Row = dict[str, str]


def covering_rows(factors: Factors, others: Iterable[Mapping[str, str]] = ()) -> list[Row]:
    """Return combinations, each without values that have no effect, in which, or in ``others``, every feasible pair
    occurs."""
    rows = _drafted(factors)
    missing = feasible_pairs(factors)
    for row in (*rows, *others):
        missing -= pairs_of(row)
    # In an order of their own: sets have none that is the same everywhere.
    rows += _rows_with(sorted(missing), factors)
    return rows


def rows_of_each_value(factors: Factors) -> list[Row]:
    """Return combinations in which every feasible value occurs, beside whichever others."""
    single: list[Chosen] = [((name, value),) for name, values in factors.items() for value in values[1:]]
    return _rows_with([one for one in single if completed(dict(one), factors) is not None], factors)


def _rows_with(wanted: Sequence[Chosen], factors: Factors) -> list[Row]:
    rows = []
    left = list(wanted)
    while left:
        row = _packed(left, factors)
        rows.append(row)
        left = [chosen for chosen in left if any(row[name] != value for name, value in chosen)]
    return rows


def feasible_pairs(factors: Factors) -> set[Chosen]:
    """Return the pairs of values of two choices that can have an effect in one job."""
    return {
        ((one, a), (other, b))
        for one, other in combinations(sorted(factors), 2)
        for a, b in product(factors[one], factors[other])
        if completed({one: a, other: b}, factors) is not None
    }


def pairs_of(row: Mapping[str, str]) -> set[Chosen]:
    """Return the pairs of values in a combination."""
    return set(combinations(sorted(row.items()), 2))


def completed(pinned: Mapping[str, str], factors: Factors) -> Row | None:
    """Return a combination with these values in which all of them have an effect; None if there is none."""
    plain = {name: values[0] for name, values in factors.items()}
    row = plain | dict(pinned)
    fixed = dict(pinned)
    for name, allowed in _needs(pinned):
        feasible = [value for value in allowed if value in factors.get(name, ())]
        if name in fixed:
            if fixed[name] not in feasible:
                return None
            continue
        if not feasible:
            return None
        # The plain value if that will do, so that as little as possible is decided.
        fixed[name] = row[name] = plain[name] if plain[name] in feasible else feasible[0]
        if value_of(name, row[name]) is not None and (deeper := completed(fixed, factors)) is None:
            return deeper
    return row if normalised(row, plain) == row else None


def _needs(pinned: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, chosen in pinned.items():
        value = value_of(name, chosen)
        if value is not None:
            yield from value.requires.items()


def _drafted(factors: Factors) -> list[Row]:
    varied = {name: list(values) for name, values in factors.items() if len(values) > 1}
    plain = {name: values[0] for name, values in factors.items()}
    if len(varied) < 2:
        return [plain | {name: value} for name, values in varied.items() for value in values[1:]]
    names = _in_order(varied)

    def may_go_on(begun: Sequence[str]) -> bool:
        row = plain | dict(zip(names, begun, strict=False))
        known = set(names[: len(begun)])
        return all(
            row[other] in allowed or other not in known | (factors.keys() - varied.keys())
            for name, chosen in zip(names, begun, strict=False)
            if chosen != plain[name]
            for other, allowed in _needs({name: chosen})
        )

    drafted = AllPairs([varied[name] for name in names], filter_func=may_go_on)
    rows = [plain | dict(zip(names, row, strict=True)) for row in drafted]
    return [row for row in rows if normalised(row, plain) == row]


def _in_order(varied: Factors) -> list[str]:
    """Return the choices as they are best decided: those with the most values first, for fewer combinations, and each
    behind what its values require, so that one is known to be in vain as early as possible."""
    names: dict[str, None] = {}

    def place(name: str) -> None:
        for needed, _ in _all_needs(name, varied.get(name, ())):
            place(needed)
        names.setdefault(name)

    for name in sorted(varied, key=lambda name: -len(varied[name])):
        place(name)
    return [name for name in names if name in varied]


def _all_needs(name: str, values: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for value in values:
        yield from _needs({name: value})


def _packed(wanted: Sequence[Chosen], factors: Factors) -> Row:
    """Return a combination with the first of what is wanted, and as much else of it as goes together."""
    pinned: dict[str, str] = {}
    row: Row = {}
    for chosen in wanted:
        if any(pinned.get(name, value) != value for name, value in chosen):
            continue
        if (found := completed(pinned | dict(chosen), factors)) is not None:
            pinned |= dict(chosen)
            row = found
    return row
