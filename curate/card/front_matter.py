"""The YAML that a dataset's README begins with on the Hugging Face Hub: licence, task, size, a config per category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curate.card.describe import CategoryDescription

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_TASKS = {
    "detection": "image-classification",
    "localization": "image-segmentation",
    "classification": "image-classification",
}
"""What the Hub calls a task that the labels allow."""

_LICENCES = {
    "cc-by-4.0": ("cc-by-4.0", "creativecommons.org/licenses/by/4.0"),
    "cc-by-sa-4.0": ("cc-by-sa-4.0", "creativecommons.org/licenses/by-sa/4.0"),
    "cc-by-nc-4.0": ("cc-by-nc-4.0", "creativecommons.org/licenses/by-nc/4.0"),
    "cc-by-nc-sa-4.0": ("cc-by-nc-sa-4.0", "creativecommons.org/licenses/by-nc-sa/4.0"),
    "cc-by-nd-4.0": ("cc-by-nd-4.0", "creativecommons.org/licenses/by-nd/4.0"),
    "cc0-1.0": ("cc0-1.0", "creativecommons.org/publicdomain/zero/1.0"),
    "apache-2.0": ("apache-2.0", "www.apache.org/licenses/license-2.0"),
    "mit": ("mit", "opensource.org/licenses/mit"),
}
"""Identifiers of the Hub, by SPDX's names in lower case, and the addresses of their texts."""

_FOLDERS = {"train": "train", "val": "validation", "test": "test"}


def front_matter(name: str, license_name: str, categories: Sequence[CategoryDescription]) -> str:
    """Return the YAML block, with its lines of three dashes; the same card gives the same bytes.

    Parameters
    ----------
    name : str
    license_name : str
        An SPDX name or an address; ``""`` unknown. One that the Hub does not know becomes ``other``.
    categories : sequence of CategoryDescription
        Of the layout ``huggingface``, each is a config of its own.
    """
    import yaml

    images = sum(sum(labels.values()) for entry in categories for labels in entry.images.values())
    document: dict[str, Any] = {
        "pretty_name": name,
        **_license(license_name),
        "task_categories": sorted({_TASKS[task] for entry in categories for task in entry.tasks if task in _TASKS}),
        "tags": ["anomaly-detection", "industrial-inspection", "defect-detection"],
        "size_categories": [next((words for most, words in _SIZES if images < most), "n>1M")],
    }
    document["configs"] = [_config(entry) for entry in categories if entry.layout == "huggingface"]
    kept = {key: value for key, value in document.items() if value}
    return f"---\n{yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)}---"


def _license(name: str) -> dict[str, str]:
    if not name:
        return {}
    plain = name.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    for key, (identifier, address) in _LICENCES.items():
        if plain == key or plain.startswith(address):
            return {"license": identifier}
    return {"license": "other", "license_name": name}


def _config(entry: CategoryDescription) -> dict[str, Any]:
    files = [{"split": _FOLDERS[split], "path": f"{entry.name}/{_FOLDERS[split]}/**"} for split in entry.images]
    return {"config_name": entry.name, "data_files": files}
