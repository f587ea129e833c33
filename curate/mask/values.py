"""Which pixel value stands for which defect and threshold. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from curate.errors import InputError
from curate.model.config import CategoryConfig
from curate.model.defect import MAX_PIXEL_VALUE, DefectEntry, Saturation


def assign_values(
    category: CategoryConfig, used: Iterable[tuple[str, Saturation]], known: Sequence[DefectEntry] = ()
) -> tuple[DefectEntry, ...]:
    """Give every defect type, and every threshold of single regions that differs from its type's, a pixel value.

    From 255 downwards, as AutoVI and MVTec LOCO number them: first the defect types as ``curate.toml`` lists them,
    each with its own threshold, then the deviating thresholds, by defect, fractions before areas, ascending. What had a
    value before keeps it, wherever ``curate.toml`` lists a new defect; new ones get values that nobody had.

    Parameters
    ----------
    category : CategoryConfig
    used : iterable of (defect name, Saturation)
        What the regions have.
    known : sequence of DefectEntry
        The values given so far. The first of a defect is its type's own.

    Raises
    ------
    InputError
        If more than 255 entries would be needed.
    """
    order = {name: number for number, name in enumerate(category.defects)}
    own = [(name, defect.saturation) for name, defect in category.defects.items()]
    other = {pair for pair in used if pair not in own}
    deviating = sorted(other, key=lambda pair: (order[pair[0]], not pair[1].relative, pair[1].value))
    pairs = [*own, *deviating]
    if len(pairs) > MAX_PIXEL_VALUE:
        raise InputError(
            f"{category.name} needs {len(pairs)} entries in defects_config.json ({len(own)} defect types and "
            f"{len(deviating)} thresholds of single regions); a mask of 8 bits can tell {MAX_PIXEL_VALUE} apart",
            hint="round the thresholds that were given to single regions, or split the category",
        )
    types: dict[str, int] = {}
    for entry in known:
        types.setdefault(entry.defect_name, entry.pixel_value)
    single = {(entry.defect_name, entry.saturation): entry.pixel_value for entry in known}
    kept = [types.get(name) for name, _ in own]
    taken = {value for value in kept if value is not None}
    for pair in deviating:
        value = single.get(pair)
        kept.append(None if value in taken else value)
        taken |= {value} if value is not None else set()
    free = _free({entry.pixel_value for entry in known}, taken)
    return tuple(
        DefectEntry(name, next(free) if value is None else value, saturation)
        for (name, saturation), value in zip(pairs, kept, strict=True)
    )


def _free(before: set[int], taken: set[int]) -> Iterator[int]:
    """Yield values from 255 downwards: those that nobody ever had, then those that nobody has any more."""
    values = range(MAX_PIXEL_VALUE, 0, -1)
    yield from (value for value in values if value not in before | taken)
    yield from (value for value in values if value in before - taken)


def remembered(known: Sequence[DefectEntry], entries: Sequence[DefectEntry]) -> tuple[DefectEntry, ...]:
    """Return the values to be remembered: those given now, then those of what is not there now."""
    now = {entry.pixel_value for entry in entries}
    return (*entries, *(entry for entry in known if entry.pixel_value not in now))
