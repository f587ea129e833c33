"""Score submissions to a dataset whose truth is private: names of the public half, brought back by a key.

``curate conceal`` gives test images neutral names and writes which is which into a key. A submission names images as
the public half does; here its names become those of the dataset, and in findings the other way round, so that what a
host hands on tells nobody a label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from curate.disk.json_text import parse_json
from curate.disk.reading import read_plain
from curate.disk.schema import schema_problems
from curate.errors import InputError
from curate.model.codes import names as codes
from curate.model.dataset import Category, Dataset, Sample
from curate.model.finding import Finding
from curate.model.submission import CategorySubmission, Predictions, Submission, SubmissionRun
from curate.submissions.submission import read_submission

SCHEMA = "curate/truth-key/1"
HIDDEN_LABEL = "images"
"""The folder of all test images of a public half: ``test/images/0000.png``."""
_MASKS = "ground_truth"
"""What all masks of a category are called to others: that an image has one tells that it is defective."""
_OF_DATASET = frozenset({codes.UNSCORABLE_MASK, codes.UNREADABLE_IMAGE_SIZE})
"""Codes of findings about files of the dataset, whatever the submission calls its own."""


@dataclass(frozen=True, slots=True)
class TruthKey:
    """Which image of a dataset each image of its public half is.

    Attributes
    ----------
    dataset : str
        The dataset's name.
    fingerprint : str
        Of all its categories: another one is another truth.
    images : dict
        Category to public key (``test/images/0000``) to the dataset's own (``test/dent/0003``).
    """

    dataset: str
    fingerprint: str
    images: Mapping[str, Mapping[str, str]]

    def to_text(self) -> str:
        """Return the key as a JSON document."""
        document = {"schema": SCHEMA, "dataset": self.dataset, "fingerprint": self.fingerprint, "images": self.images}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    def read(self, root: Path, dataset: Dataset, categories: Iterable[str] = ()) -> Submission:
        """Read a submission to the public half, as :func:`read_submission` does, with the dataset's own names."""
        found = read_submission(root, self._public(dataset), categories)
        return replace(found, runs=tuple(self._run(run) for run in found.runs))

    def hidden(self, findings: Iterable[Finding], submission: Submission, dataset: Dataset) -> tuple[Finding, ...]:
        """Return findings in which nothing tells a label: images under their public names, and no name of a mask.

        Parameters
        ----------
        findings : iterable of Finding
            What was found while a submission was scored.
        submission : Submission
            As :meth:`read` returned it: its own files keep their names, and so do findings that it holds.
        dataset : Dataset
            As it lies on disk, with all categories.
        """
        findings = tuple(findings)
        if not findings:
            return ()
        places = {
            path: part.category
            for run in submission.runs
            for part in run.categories
            for path in (*part.maps.values(), *part.tables)
        }
        known = frozenset(submission.findings)
        names = {category: {own: name for name, own in images.items()} for category, images in self.images.items()}
        everywhere = _renamer(self._paths(dataset, names))
        within = {category: _renamer(inverse, inside=False) for category, inverse in names.items()}

        def neutral(finding: Finding) -> Finding:
            category = places.get(finding.path) if finding.code not in _OF_DATASET else None
            message = everywhere(finding.message)
            return replace(
                finding,
                message=within[category](message) if category in within else message,
                path=finding.path if category is not None else _neutral_path(finding, everywhere),
                related=tuple(map(everywhere, finding.related)),
            )

        return tuple(finding if finding in known else neutral(finding) for finding in findings)

    @staticmethod
    def _paths(dataset: Dataset, names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Return what stands in the place of each image's key and path and of each mask's path, by category."""
        paths = {}
        for category in dataset.categories:
            for sample in category.samples:
                public = f"{category.name}/{names.get(category.name, {}).get(sample.key, HIDDEN_LABEL)}"
                paths[f"{category.name}/{sample.key}"] = public
                paths[sample.path] = f"{public}.png"
                paths |= dict.fromkeys(sample.masks, f"{category.name}/{_MASKS}")
        return paths

    def _public(self, dataset: Dataset) -> Dataset:
        """Return the dataset as the public half names it."""
        return replace(dataset, categories=tuple(self._public_category(entry) for entry in dataset.categories))

    def _public_category(self, category: Category) -> Category:
        names = self.images.get(category.name)
        if names is None:
            raise InputError(f"the key knows no category {category.name}", hint="name the key of this dataset")
        parts = [(key.split("/", 2), own) for key, own in names.items()]
        samples = tuple(Sample(split, label, name, own) for (split, label, name), own in parts)
        return replace(category, samples=samples)

    def _run(self, run: SubmissionRun) -> SubmissionRun:
        parts = tuple(self._part(part) for part in run.categories)
        held = run.about.get("held_out")
        about = dict(run.about)
        if isinstance(held, dict):
            about["held_out"] = {
                name: [self._own(name, str(key)) for key in keys] if isinstance(keys, list) else keys
                for name, keys in held.items()
            }
        return replace(run, categories=parts, about=about)

    def _part(self, part: CategorySubmission) -> CategorySubmission:
        name = part.category
        scores = None if part.scores is None else {self._own(name, key): value for key, value in part.scores.items()}
        known = part.predictions
        predictions = (
            None
            if known is None
            else Predictions(known.classes, {self._own(name, key): row for key, row in known.rows.items()})
        )
        maps = {self._own(name, key): path for key, path in part.maps.items()}
        return replace(part, maps=maps, scores=scores, predictions=predictions)

    def _own(self, category: str, key: str) -> str:
        """Return the dataset's own name; one that the public half does not have can fit none by chance."""
        known = self.images.get(category, {})
        return known.get(key, f"unknown/{key}")


def _renamer(names: Mapping[str, str], *, inside: bool = True) -> Callable[[str], str]:
    """Return a function that replaces whole names in a text; ``inside`` also those that end a longer path."""
    if not names:
        return str
    # Longest first, and whole names alone: test/dent/1 is no part of test/dent/10.
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!{_WORD if inside else _WORD_OR_PATH})(?:{listed})(?!\w)")
    return lambda text: pattern.sub(lambda match: names[match.group()], text)


_WORD, _WORD_OR_PATH = r"\w", r"[\w/]"


def _neutral_path(finding: Finding, everywhere: Callable[[str], str]) -> str:
    """Return the public path of a finding; a region that a layout draws is found at its image, which it would tell."""
    path = everywhere(finding.path)
    category, image, _ = path.partition(f"/test/{HIDDEN_LABEL}/")
    return f"{category}/{_MASKS}" if image and finding.code == codes.UNSCORABLE_MASK else path


def read_key(path: Path) -> TruthKey:
    """Read a key.

    Raises
    ------
    MissingError, InputError
        If there is none, or it is damaged.
    """
    try:
        document = parse_json(read_plain(path))
    except ValueError as error:
        raise InputError(
            f"is not valid JSON: {error}", path=path, hint="name the key that `curate conceal` wrote"
        ) from error
    problems = schema_problems(document, "truth-key")
    if problems:
        listing = "\n".join(f"  {'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in problems[:10])
        raise InputError(
            f"is no key of a private truth:\n{listing}", path=path, hint="name the key that `curate conceal` wrote"
        )
    return TruthKey(document["dataset"], document["fingerprint"], document["images"])
