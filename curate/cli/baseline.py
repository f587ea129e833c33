"""``curate baseline``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curate.baselines.methods import METHODS
from curate.baselines.settings import NAMES
from curate.cli.exit_codes import ExitCode
from curate.cli.options import category_option, output_options, scheduler_option
from curate.cli.render import echo, emit_json, execution_for, say

if TYPE_CHECKING:
    from curate.baselines.run import BaselineReport


def two_numbers(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Read ``0.005,0.05``, or one number for both; a callback of Click's."""
    if value is None:
        return None
    try:
        numbers = tuple(float(part) for part in value.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in {1, 2}:
        raise click.BadParameter(f"{value!r} is no number, nor two with a comma between", context, parameter)
    return numbers[0], numbers[-1]


def setting_options(function: Any) -> Any:
    """Add one option a setting; those that are left out are the method's own."""
    for option in reversed(_SETTINGS):
        function = option(function)
    return function


def _setting(name: str, text: str, **more: Any) -> Any:
    return click.option(name, help=text, default=None, show_default="the method's", **more)


_SETTINGS = [
    _setting("--backbone", "The network that gives features, by timm's name.", metavar="TIMM_NAME"),
    _setting(
        "--weights",
        "Its weights: safetensors or .pth; nothing is downloaded.",
        metavar="FILE",
        type=click.Path(dir_okay=False),
    ),
    _setting("--layers", "Layers whose features are used, such as blocks.2+4.", metavar="NAMES"),
    _setting("--shots", "So many good training images, drawn at random; 0 takes all.", metavar="N", type=int),
    _setting("--image-size", "Side of the network's input, or of U-Net's tiles.", metavar="PX", type=int),
    _setting(
        "--fit",
        "How a picture becomes a square.",
        metavar="stretch|pad|crop",
        type=click.Choice(("stretch", "pad", "crop")),
    ),
    _setting("--dimensions", "Features a patch that are kept; 0 keeps all.", metavar="N", type=int),
    _setting("--coreset", "Fraction of the patches that PatchCore remembers.", metavar="F", type=float),
    _setting(
        "--layer-scale",
        "PatchCore's layers as the backbone gives them, or each with the same variance.",
        metavar="native|equal",
        type=click.Choice(("native", "equal")),
    ),
    _setting("--epochs", "Rounds of training.", metavar="N", type=int),
    _setting("--batch-size", "Pictures a step.", metavar="N", type=int),
    _setting("--patience", "Epochs without gain on the validation images.", metavar="N", type=int),
    _setting("--learning-rate", "Of the optimiser.", metavar="F", type=float),
    _setting("--loss", "U-Net: bce, dice, bce+dice. RADL: l1, ce, hce.", metavar="NAME"),
    _setting(
        "--noise", "Deviation of RADL's fake defects, fixed or between two.", metavar="LOW,HIGH", callback=two_numbers
    ),
    _setting("--tau", "Temperature of RADL's loss hce.", metavar="F", type=float),
    _setting("--overlap", "Of neighbouring tiles.", metavar="F", type=float),
    _setting("--good-tiles", "U-Net's tiles without a defect for each with one.", metavar="F", type=float),
    _setting("--folds", "Cross-validation; 0 keeps the dataset's split.", metavar="N", type=int),
    _setting(
        "--features",
        "What the classifier sees.",
        metavar="image|map|both",
        type=click.Choice(("image", "map", "both")),
    ),
    _setting(
        "--select",
        "√N features of each, or of both jointly.",
        metavar="each|joint",
        type=click.Choice(("each", "joint")),
    ),
    _setting("--map-method", "The method whose maps the classifier sees.", metavar="NAME"),
    _setting("--defects", "Percentage of the defective images that are used.", metavar="PERCENT", type=int),
    _setting("--model-size", "EfficientAD's.", metavar="s|m", type=click.Choice(("s", "m"))),
    _setting(
        "--normalise-on",
        "Training images that EfficientAD's maps are normalised on.",
        metavar="held-out|all",
        type=click.Choice(("held-out", "all")),
    ),
    _setting("--textures", "DRAEM's texture pictures.", metavar="DIR", type=click.Path(file_okay=False)),
    _setting("--pretrained", "What DSR and EfficientAD start from.", metavar="FILE", type=click.Path(dir_okay=False)),
    _setting("--pictures", "EfficientAD's everyday pictures.", metavar="DIR", type=click.Path(file_okay=False)),
]


def given_settings(options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings among a command's options that were given."""
    found = {name: options[name] for name in NAMES if options.get(name) is not None}
    if "layers" in found:
        found["layers"] = tuple(part.strip() for part in str(found["layers"]).split(",") if part.strip())
    return found


@click.command(
    name="baseline", epilog="Example:  curate baseline patchcore --dataset autovi -c pipe_staple -o patchcore"
)
@click.argument("method", metavar="NAME", type=click.Choice(list(METHODS)))
@click.option(
    "--dataset",
    "dataset_dir",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="Dataset, in any layout that is known.",
)
@click.option("--layout", metavar="NAME", default="", help="The dataset's layout.  [default: recognised by looking]")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Submission to write, or to go on with.",
)
@click.option("--seed", metavar="N", type=click.IntRange(min=0), default=0, help="Of one run.  [default: 0]")
@click.option(
    "--seeds",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    help="So many runs side by side, seed-0, seed-1, …  [default: one run]",
)
@click.option("--device", metavar="auto|cpu|cuda", default="auto", show_default=True, help="Where networks run.")
@click.option("--title", metavar="TEXT", default="", help="What tables call it.  [default: the method's name]")
@setting_options
@category_option
@scheduler_option
@output_options
def command(
    method: str,
    dataset_dir: Path,
    layout: str,
    output: Path,
    seed: int,
    seeds: int,
    device: str,
    title: str,
    categories: tuple[str, ...],
    scheduler: str,
    *,
    as_json: bool,
    verbosity: int,
    **settings: Any,
) -> int:
    """Train the detector NAME on a dataset and write its submission, for `curate evaluate`.

    NAME is pixel-gaussian, padim, patchcore, cflow, draem, dsr, efficient-ad, radl, unet or map-assisted; all but the
    first need the extra `baselines`. A killed run goes on when the same command is given again; categories and seeds
    that are current are skipped. A setting that the method does not have is refused.
    """
    from curate.baselines.run import BaselineOptions, run_baseline

    report = run_baseline(
        dataset_dir,
        output,
        BaselineOptions(method, categories, seed, seeds, device, given_settings(settings), title, layout),
        execution=execution_for(1, verbosity, scheduler),
        say=lambda text: say(text, verbosity=verbosity),
    )
    if as_json:
        emit_json(report.to_json())
    else:
        echo(_text(report))
    say(f"next: curate evaluate {output} --dataset {dataset_dir}", verbosity=verbosity)
    return ExitCode.DONE


def _text(report: BaselineReport) -> str:
    """Render one line a run and category."""
    lines = []
    for entry in report.runs:
        name = "/".join(part for part in (entry.run, entry.category) if part)
        rate = entry.facts.get("images_per_s")
        speed = f", {rate:g} images/s" if rate else ""
        trained = f"trained in {entry.facts['training_s']:g} s{speed}" if "training_s" in entry.facts else "done"
        lines.append(f"{name}  {'current' if entry.skipped else trained}")
    return "\n".join(lines)
