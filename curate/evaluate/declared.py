"""What a submission declares about itself in ``submission.json``, as far as an evaluation heeds or passes it on."""

from __future__ import annotations

from typing import Any

from curate.evaluate.plan import TRAIN, ScoringPlan

_FACTS = ("training_s", "images_per_s", "device", "versions", "backbone", "weights", "weights_sha256", "layers", "seed")
"""Facts of each category that a result carries; what is longer stays in the submission."""

_HONEST = frozenset({"leave-one-out", "held-out"})

_IN_SAMPLE = (
    "the training images were scored by a model that had seen them (train_maps: in-sample): deployed thresholds mean "
    "nothing for new images"
)

_UNDECLARED = (
    "submission.json does not say how the training images were scored (train_maps), so they count as in-sample: "
    "deployed thresholds mean nothing for new images if the detector had seen these"
)


def held_out_of(about: dict[str, object], category: str) -> tuple[str, ...] | None:
    """Return the training images of a category that are declared as held out; None where none are.

    >>> held_out_of({"train_maps": "held-out", "held_out": {"clip": ["train/good/0001"]}}, "clip")
    ('train/good/0001',)
    """
    named = about.get("held_out")
    if about.get("train_maps") != "held-out" or not isinstance(named, dict) or category not in named:
        return None
    keys = named[category]
    return tuple(map(str, keys)) if isinstance(keys, list) else None


def training_notes(about: dict[str, object], plan: ScoringPlan) -> tuple[str, ...]:
    """Warn where thresholds are deployed from maps of images that the detector was trained on, or may have been."""
    scored = plan.train_maps or any(key.startswith(f"{TRAIN}/") for key in plan.scores or ())
    if not scored or about.get("train_maps") in _HONEST:
        return ()
    return (_IN_SAMPLE if about.get("train_maps") == "in-sample" else _UNDECLARED,)


def stated_facts(about: dict[str, object]) -> dict[str, Any]:
    """Return what a result carries of ``submission.json`` besides method and run: times, device, versions, weights."""
    found: dict[str, Any] = {}
    if isinstance(about.get("train_maps"), str):
        found["train_maps"] = about["train_maps"]
    categories = about.get("categories")
    if isinstance(categories, dict):
        found["facts"] = {
            name: {key: facts[key] for key in _FACTS if key in facts}
            for name, facts in categories.items()
            if isinstance(facts, dict)
        }
    return found
