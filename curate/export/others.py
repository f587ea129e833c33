"""Publish in a layout other than AutoVI's: through an AutoVI dataset that lives in ``.curate`` for a moment."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from curate.datasets.dataset import read_dataset
from curate.datasets.writers.check import check_written
from curate.datasets.writers.publish import CategoryJob, publish, write_visa_tables
from curate.datasets.writers.registry import WRITER_BY_NAME
from curate.execution import Execution
from curate.export.options import ExportOptions
from curate.model.card import Card
from curate.model.finding import Finding


def publish_as(
    staging: Path,
    root: Path,
    *,
    logical: Mapping[str, frozenset[str]],
    options: ExportOptions,
    execution: Execution,
) -> tuple[dict[str, Card], list[Finding]]:
    """Write a dataset in another layout and remove what it was made from.

    Parameters
    ----------
    staging : Path
        The AutoVI dataset.
    root : Path
    logical : mapping of str to frozenset of str
        By category: the defects that MVTec LOCO calls logical.
    options : ExportOptions
    execution : Execution

    Returns
    -------
    cards : dict
        By category.
    findings : list of Finding
        CUR195 where something differs.
    """
    dataset = read_dataset(staging, "autovi")
    writer = WRITER_BY_NAME[options.layout]
    jobs = [
        CategoryJob(
            dataset, category, writer, root, options.link, logical.get(category.name, frozenset()), {}, options.sync
        )
        for category in dataset.categories
    ]
    written = [publish(job, execution.map) for job in jobs]
    if options.layout == "visa":
        write_visa_tables(root)
    findings = check_written(dataset, root, options.layout, written, execution.map) if options.check else []
    shutil.rmtree(staging, ignore_errors=True)
    return {entry.card.category: entry.card for entry in written}, findings
