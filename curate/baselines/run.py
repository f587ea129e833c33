"""Run a method over a dataset and write its submission; a killed run goes on, a current one is not repeated."""

from __future__ import annotations

import importlib
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from curate import __version__
from curate.baselines.devices import chosen_device, device_name, library_versions, seed_everything
from curate.baselines.methods import BaselineMethod, method_named, settings_for
from curate.baselines.one_class import run_one_class
from curate.baselines.settings import DetectorSettings
from curate.baselines.trial import Trial
from curate.baselines.writing import MADE_BY, STATE_NAME, CategoryWriter, is_own, read_about, write_about
from curate.datasets.dataset import read_dataset
from curate.disk.atomic import write_json
from curate.disk.destination import writing_into
from curate.disk.hashing import sha256_file, sha256_json
from curate.disk.json_text import parse_json
from curate.disk.publish import refuse_foreign
from curate.errors import InputError
from curate.execution import Execution
from curate.model.dataset import Category, Dataset
from curate.model.words import Shown

WITHOUT_TORCH = frozenset({"pixel-gaussian"})

_ONE_AT_A_TIME = threading.Lock()
"""torch's generator is one for the whole process: two runs that draw from it in turns would not be repeatable."""


@dataclass(frozen=True, slots=True)
class BaselineOptions:
    """What to run.

    Attributes
    ----------
    method : str
        Of :data:`curate.baselines.methods.METHODS`.
    categories : tuple of str
        All when empty.
    seed : int
        Of the one run, when ``seeds`` is 0.
    seeds : int
        So many runs side by side, ``seed-0``, ``seed-1``, …; 0 writes one run straight into the destination.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    given : dict
        Settings by name; the others are the method's own.
    title : str
        What tables call it; the method's own title when empty.
    layout : str
        Insist on the dataset's layout; recognised by looking when empty.
    """

    method: str
    categories: tuple[str, ...] = ()
    seed: int = 0
    seeds: int = 0
    device: str = "auto"
    given: dict[str, Any] | None = None
    title: str = ""
    layout: str = ""


@dataclass(frozen=True, slots=True)
class BaselineRun:
    """One category of one run: what was done, and the facts that the submission states.

    Attributes
    ----------
    run : str
        ``seed-0``; ``""`` for a single run.
    category : str
    skipped : bool
        Whether it was current.
    facts : dict
    """

    run: str
    category: str
    skipped: bool
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class BaselineReport(Shown):
    """What :func:`run_baseline` wrote, in the order of runs and categories."""

    destination: str
    method: str
    runs: tuple[BaselineRun, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One category with one seed: what is skipped, killed and resumed as a whole."""

    root: Path
    category: Category
    folder: Path
    run: str
    seed: int
    device: str
    method: BaselineMethod
    settings: DetectorSettings
    title: str


def run_baseline(
    dataset_root: Path,
    destination: Path,
    options: BaselineOptions,
    *,
    execution: Execution = Execution(),
    say: Callable[[str], None] = lambda _: None,
) -> BaselineReport:
    """Train a method on each category of a dataset and write its maps of the test and training images.

    Parameters
    ----------
    dataset_root, destination : Path
        The destination is new, or a submission that this function wrote: what is current in it is kept.
    options : BaselineOptions
    execution : Execution
        With a scheduler, categories and seeds are spread over its workers; else one follows the other, because a
        network uses all cores by itself.
    say : callable
        Told what is downloaded, what is skipped, and what a result does not hold.

    Raises
    ------
    InputError, MissingError
        If the dataset, a setting, a library or a file of weights does not fit; before anything is trained.
    """
    method = method_named(options.method)
    settings = settings_for(options.method, options.given or {})
    device = "cpu" if options.method in WITHOUT_TORCH else chosen_device(options.device)
    if options.seeds and method.kind == "classifier":
        raise InputError(f"--seeds: the runs of {method.name} are its folds", hint="give another --seed and -o instead")
    dataset = read_dataset(dataset_root, options.layout or None, categories=options.categories)
    refuse_foreign(destination, is_own=is_own, without="no submission.json in it says so")
    _refuse_mixture(destination, dataset, several=options.seeds > 0)
    runs = [(f"seed-{seed}", seed) for seed in range(options.seeds)] or [("", options.seed)]
    units = [
        _Unit(
            dataset_root,
            category,
            destination / run,
            run,
            seed,
            device,
            method,
            settings,
            options.title or method.title,
        )
        for run, seed in runs
        for category in dataset.categories
    ]
    with writing_into(destination, say):
        done = tuple(_done(units, execution, say))
    return BaselineReport(str(destination), options.method, done)


def _done(units: Sequence[_Unit], execution: Execution, say: Callable[[str], None]) -> Iterable[BaselineRun]:
    if execution.scheduler:
        quietly = partial(_run_unit, execution=Execution(jobs=1), say=_silent)
        results = execution.map(quietly, units, "run")
    else:
        results = (_run_unit(unit, execution=execution, say=say) for unit in units)
    for unit, (run, about) in zip(units, results, strict=True):
        _note(unit, about)
        yield run


def _silent(message: str) -> None:
    del message


def _refuse_mixture(destination: Path, dataset: Dataset, *, several: bool) -> None:
    """Refuse to put one run beside several: they would be read as one or the other."""
    names = {category.name for category in dataset.categories}
    here = {path.name for path in destination.iterdir() if path.is_dir()} if destination.is_dir() else set()
    held = bool(here & names)
    runs = any(name.startswith("seed-") for name in here - names)
    if (several and held) or (not several and runs):
        found = "one run" if held else "several runs side by side"
        raise InputError(f"holds {found} already", path=destination, hint="choose another folder with -o")


def _run_unit(
    unit: _Unit, *, execution: Execution, say: Callable[[str], None]
) -> tuple[BaselineRun, dict[str, Any] | None]:
    """Run one category with one seed; the second value is what its ``submission.json`` is to say, None if it does."""
    with _ONE_AT_A_TIME:
        digest = _digest(unit)
        about = read_about(unit.folder)
        known = about.get("categories", {}).get(unit.category.name, {})
        if known.get("inputs") == digest and about.get("method") == unit.title:
            say(f"{_named(unit)}: current")
            return BaselineRun(unit.run, unit.category.name, skipped=True, facts=known), None
        facts = _trained(unit, digest, execution, say)
    return BaselineRun(unit.run, unit.category.name, skipped=False, facts=facts), facts


def _trained(unit: _Unit, digest: str, execution: Execution, say: Callable[[str], None]) -> dict[str, Any]:
    state = unit.folder / STATE_NAME / unit.category.name
    _fresh_or_resumed(unit, state, digest)
    trial = Trial(unit.root, unit.category, unit.settings, unit.seed, unit.device, state, execution.progress, say)
    facts = _method(unit, trial)
    shutil.rmtree(state, ignore_errors=True)
    if not any(state.parent.iterdir()):
        state.parent.rmdir()
    return {"inputs": digest, "seed": unit.seed, **facts, **_machine(unit)}


def _method(unit: _Unit, trial: Trial) -> dict[str, Any]:
    module = importlib.import_module(f"curate.baselines.{unit.method.module}")
    if unit.method.name not in WITHOUT_TORCH:
        seed_everything(trial.seed)
    if unit.method.kind == "classifier":
        facts: dict[str, Any] = module.run(trial, partial(_fold_writer, unit, trial))
        return facts
    writer = CategoryWriter(unit.folder / unit.category.name, trial.state)
    if unit.method.kind == "one-class":
        return run_one_class(trial, writer, module.detector(trial))
    found: dict[str, Any] = module.run(trial, writer)
    return found


def _fold_writer(unit: _Unit, trial: Trial, fold: str) -> CategoryWriter:
    """Return the writer of one fold's run, and let the run say what it is."""
    folder = unit.folder / fold
    write_about(folder, {**_said(unit), "run": fold})
    return CategoryWriter(folder / unit.category.name, trial.state / fold)


def _fresh_or_resumed(unit: _Unit, state: Path, digest: str) -> None:
    """Keep what a killed run of the same inputs has done; else clear the category's folders."""
    note = state / "inputs.json"
    try:
        same = parse_json(note.read_bytes()) == digest
    except (OSError, ValueError):
        same = False
    if not same:
        for folder in (unit.folder, *unit.folder.glob("fold-*")):
            shutil.rmtree(folder / unit.category.name, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)
        write_json(note, digest)


def _machine(unit: _Unit) -> dict[str, Any]:
    if unit.method.name in WITHOUT_TORCH:
        return {"device": "cpu", "versions": {"curate": __version__}}
    return {"device": device_name(unit.device), "versions": {"curate": __version__, **library_versions()}}


def _digest(unit: _Unit) -> str:
    """Hash everything that the maps follow from: images, masks, settings, seed and files of weights."""
    settings = asdict(unit.settings)
    paths = {path for sample in unit.category.samples for path in (sample.path, *sample.masks)}
    return sha256_json(
        {
            "method": unit.method.name,
            "seed": unit.seed,
            "settings": {name: settings[name] for name in unit.method.defaults},
            "files": {path: sha256_file(unit.root / path) for path in sorted(paths)},
            "samples": [sample.key for sample in unit.category.samples],
            "weights": _file_digest(unit.settings.weights) + _file_digest(unit.settings.pretrained),
        }
    )


def _file_digest(file: str) -> str:
    return sha256_file(Path(file)) if file and Path(file).is_file() else file


def _note(unit: _Unit, facts: dict[str, Any] | None) -> None:
    """Add a category's facts to its run's ``submission.json``: only now does it count as done."""
    if facts is None:
        return
    about = read_about(unit.folder)
    categories = {**about.get("categories", {}), unit.category.name: facts}
    run = unit.run or str(unit.seed)
    write_about(unit.folder, {**_said(unit), "run": run, **_declared(categories), "categories": categories})


def _said(unit: _Unit) -> dict[str, Any]:
    """Return what every run of a method says about itself."""
    settings = asdict(unit.settings)
    return {
        "method": unit.title,
        "run": "",
        "description": f"{unit.method.title} ({unit.method.source}), run by curate {__version__}",
        "made_by": MADE_BY,
        "baseline": unit.method.name,
        "settings": {name: settings[name] for name in unit.method.defaults},
    }


def _declared(categories: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what the submission declares about the maps of training images, over all categories."""
    how = {facts["train_maps"] for facts in categories.values() if "train_maps" in facts}
    if not how:
        return {}
    worst = next(name for name in ("in-sample", "held-out", "leave-one-out") if name in how)
    held = {name: facts["held_out"] for name, facts in categories.items() if "held_out" in facts}
    return {"train_maps": worst, **({"held_out": held} if held else {})}


def _named(unit: _Unit) -> str:
    return "/".join(part for part in (unit.run, unit.category.name) if part)
