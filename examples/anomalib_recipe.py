"""Train a detector of anomalib's on a dataset that curate exported, and let curate judge it. Runs on a CPU.

    pip install curate-inspection anomalib
    curate export -C my_line --layout mvtec-ad -o published
    python anomalib_recipe.py published my_part results

The steps are the same for any model: predict on the test set; save what the engine returns; make a submission of it;
evaluate. Two of anomalib's defaults are switched off: validating on the test set, and normalising and clamping maps
with the extremes of the test set. The training images are not scored: a model scores what it has memorised too low, and
a threshold set on that means nothing. ``curate baseline padim`` scores each by the model without it. ``--untrained``
starts from random weights where no pretrained ones can be downloaded: the steps are the same, the figures are poor.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from curate.datasets.dataset import read_dataset
from curate.evaluate.run import evaluate_submission
from curate.submission.options import SubmissionAbout, SubmissionOptions
from curate.submission.run import make_submission
from curate.submissions.predictions import read_arrays, save_predictions


def predict(dataset: Path, category: str, results: Path, *, untrained: bool) -> Path:
    """Fit PaDiM on the good training images and save its maps of the test images; return the file."""
    from anomalib.data import MVTecAD
    from anomalib.data.utils import ValSplitMode
    from anomalib.engine import Engine
    from anomalib.models import Padim

    module = MVTecAD(
        root=dataset,
        category=category,
        train_batch_size=8,
        eval_batch_size=8,
        num_workers=0,
        val_split_mode=ValSplitMode.NONE,
    )
    model = Padim(
        backbone="resnet18", pre_trained=not untrained, post_processor=False, evaluator=False, visualizer=False
    )
    engine = Engine(accelerator="cpu", devices=1, logger=False, default_root_dir=results / "anomalib")
    module.setup()
    engine.fit(model=model, train_dataloaders=module.train_dataloader())
    batches = list(engine.predict(model=model, dataloaders=module.test_dataloader()) or [])
    file = results / "predictions.npz"
    save_predictions(batches, file)
    return file


def main() -> None:
    """Predict, submit, evaluate."""
    parser = argparse.ArgumentParser(description="Train PaDiM on a dataset in the MVTec AD layout and evaluate it.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("category")
    parser.add_argument("results", type=Path)
    parser.add_argument("--untrained", action="store_true", help="random weights: nothing is downloaded")
    options = parser.parse_args()

    file = predict(options.dataset, options.category, options.results, untrained=options.untrained)
    dataset = read_dataset(options.dataset, categories=[options.category])
    # The maps have the model's size: they are brought to the images' before they are scored.
    report = make_submission(
        list(read_arrays(file)),
        dataset,
        options.results / "submission",
        options=SubmissionOptions(
            resize="bilinear", about=SubmissionAbout(method="PaDiM", description="anomalib, resnet18")
        ),
    )
    for finding in report.findings:
        print(finding.severity, finding.code, finding.path, finding.message)
    if report.written:
        result = evaluate_submission(options.results / "submission", options.dataset)
        print(result.to_json())


if __name__ == "__main__":
    main()
