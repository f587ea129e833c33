"""How much is held in memory at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """What may be held while float maps are scored: it changes time, never a number.

    Attributes
    ----------
    sweep_bytes : int
        For the edges of a sweep over all maps and the counts on them; more sweeps where they need more.
    waiting_bytes : int
        For scores outside regions that wait to be counted together: each count goes through all edges.
    region_px : int
        Pixels inside regions whose scores are kept between sweeps, 4 to 12 bytes each; more are read again for each.
    rows : int
        Edges that are laid out as rows of a curve at a time.
    upper_bits : int
        Values of the upper 16 bits that float32 edges may have to be counted by them (128 per factor of two), eight
        kilobytes each; where there are more, whole scores are sorted.
    mark_every : int
        One in so many scores inside regions is kept for laying out the sweeps.
    """

    sweep_bytes: int = 100_000_000
    waiting_bytes: int = 48_000_000
    region_px: int = 8_000_000
    rows: int = 1 << 17
    upper_bits: int = 4096
    mark_every: int = 64
