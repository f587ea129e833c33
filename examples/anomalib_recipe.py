"""Train a detector of anomalib's on any dataset that curate reads, and let curate judge it. Runs on a CPU.

    pip install 'curate-inspection[torch]' anomalib
    python anomalib_recipe.py published my_part results

The dataset may have any layout and several categories: nothing is converted. ``curate.torch.datamodule`` gives anomalib
the images with the union of all regions, and the dataset's own split; ``curate.torch.evaluator`` puts AU-sPRO beside
anomalib's own numbers. The predictions are then saved, made a submission, and evaluated: the same AU-sPRO comes out.

Two of anomalib's defaults are switched off: validating on the test set, and normalising and clamping maps with the
extremes of the test set. The training images are not scored: a model scores what it has memorised too low, and a
threshold set on that means nothing. ``curate baseline padim`` scores each by the model without it. ``--untrained``
starts from random weights where no pretrained ones can be downloaded: the steps are the same, the figures are poor.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from curate.datasets.dataset import read_dataset
from curate.evaluate.run import evaluate_submission
from curate.model.evaluation_options import EvaluationOptions
from curate.submission.options import SubmissionAbout, SubmissionOptions
from curate.submission.run import make_submission
from curate.submissions.predictions import read_arrays, save_predictions


def predict(dataset: Path, category: str, results: Path, *, untrained: bool) -> Path:
    """Fit PaDiM on the good training images, test it, and save its maps of the test images; return the file."""
    from anomalib.engine import Engine
    from anomalib.models import Padim

    import curate.torch

    module = curate.torch.datamodule(dataset, category, train_batch_size=8, eval_batch_size=8)
    model = Padim(
        backbone="resnet18",
        pre_trained=not untrained,
        post_processor=False,
        evaluator=curate.torch.evaluator(),
        visualizer=False,
    )
    engine = Engine(accelerator="cpu", devices=1, logger=False, default_root_dir=results / "anomalib")
    engine.fit(model=model, datamodule=module)
    engine.test(model=model, datamodule=module)
    file = results / "predictions.npz"
    save_predictions(engine.predict(model=model, datamodule=module) or [], file)
    return file


def main() -> int:
    """Predict, submit, evaluate; 1 where the submission was refused."""
    parser = argparse.ArgumentParser(description="Train PaDiM on a dataset and evaluate it.")
    parser.add_argument("dataset", type=Path, help="in any layout that curate reads")
    parser.add_argument("category")
    parser.add_argument("results", type=Path)
    parser.add_argument("--untrained", action="store_true", help="random weights: nothing is downloaded")
    options = parser.parse_args()

    file = predict(options.dataset, options.category, options.results, untrained=options.untrained)
    dataset = read_dataset(options.dataset, categories=[options.category])
    # The maps have the model's size: they are brought to the images' before they are scored.
    about = SubmissionAbout(method="PaDiM", description="anomalib, resnet18")
    submission = options.results / "submission"
    report = make_submission(
        list(read_arrays(file)), dataset, submission, options=SubmissionOptions(resize="bilinear", about=about)
    )
    findings = list(report.findings)
    if report.written:
        only = EvaluationOptions(categories=(options.category,))
        judged = evaluate_submission(submission, options.dataset, options=only)
        findings += judged.findings
        if judged.result is not None:
            area = judged.result.categories[options.category].localization.au_spro["0.05"]
            print(f"AU-sPRO@0.05 of {options.category}: {area}")
            return 0
    for finding in findings:
        print(finding.severity, finding.code, finding.path, finding.message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
