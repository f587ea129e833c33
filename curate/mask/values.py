"""Which pixel value stands for which defect and threshold. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable

from curate.errors import InputError
from curate.model.config import CategoryConfig
from curate.model.defect import MAX_PIXEL_VALUE, DefectEntry, Saturation


def assign_values(category: CategoryConfig, used: Iterable[tuple[str, Saturation]]) -> tuple[DefectEntry, ...]:
    """Give every defect type, and every threshold of single regions that differs from its type's, a pixel value.

    From 255 downwards, as AutoVI and MVTec LOCO number them: first the defect types as ``curate.toml`` lists them,
    each with its own threshold, then the deviating thresholds, by defect, fractions before areas, ascending. So a
    defect type keeps its value whatever single regions ask for.

    Parameters
    ----------
    category : CategoryConfig
    used : iterable of (defect name, Saturation)
        What the regions have.

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
    return tuple(
        DefectEntry(name, MAX_PIXEL_VALUE - index, saturation) for index, (name, saturation) in enumerate(pairs)
    )
