"""Codes 550 to 599: records of the workspace, and what a stage left out because of them."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

RECORDS: tuple[Code, ...] = (
    Code(
        codes.STALE_RECORD,
        "warning",
        "stale record",
        "A stage's result no longer belongs to what it was made from, so the dataset mixes two states of the work.",
        "curate.toml got another saturation threshold after `curate mask` had run",
        "run the stage again: `curate status` names the command",
    ),
    Code(
        codes.FRAMES_WITHOUT_LABEL,
        "warning",
        "frames without a label",
        "Nobody has said whether these frames are good, so they can neither train nor test and are left out.",
        "an imported frame that is in no folder named good or after a defect, and in no annotation file",
        "label them (`curate label import`), or import them with a label",
    ),
    Code(
        codes.EMPTY_SPLIT_SIDE,
        "error",
        "a side of the split is empty",
        "Without good frames to train on or to test with there is no benchmark: no threshold, no false-positive rate.",
        "train = 500 in curate.toml, and only 400 good frames",
        "import more good frames, or let fewer of them train",
    ),
    Code(
        codes.WINDOWS_LEFT_OUT,
        "warning",
        "windows left out",
        "The frame was found unfit when its window was cut, so the sample is missing from the published dataset.",
        "the template match of a frame was ambiguous and nobody has accepted it",
        "look at the windows set aside for review and accept or correct them",
    ),
    Code(
        codes.FRAMES_WITHOUT_WINDOW,
        "error",
        "frames without a window",
        "The split counts these frames but nothing was cut out of them, so they are missing from the published "
        "dataset.",
        "frames were imported after `curate crop` had run",
        "run `curate crop`",
    ),
    Code(
        codes.DEFECT_WITHOUT_REGION,
        "error",
        "defect without a region",
        "A defective image without a mask would count every pixel of its defect as background: all metrics "
        "would be wrong.",
        "an image was labelled scratch as a whole but no region was drawn, or the region lies outside the window",
        "draw the region and run `curate label import` and `curate mask`",
    ),
    Code(
        codes.RECORDS_CONTRADICT,
        "error",
        "records contradict each other",
        "Two stages disagree about the same image, so one of them is out of date or was edited by hand.",
        "the split calls a frame good, and a mask was drawn in it",
        "run the stages again in the order that `curate status` names",
    ),
    Code(
        codes.DEFECT_MISSING_ON_SIDE,
        "warning",
        "defect missing on a side",
        "What never trains cannot be learnt with supervision, and what never tests is not measured.",
        "all dents were shot after the last training frame of a supervised split",
        "let more frames train, or split grouped or k-fold",
    ),
    Code(
        codes.SPLIT_NAMES_UNKNOWN_FRAME,
        "error",
        "name in the given split that is no frame",
        "The split that was taken over speaks of images that are not here, so it is not the same benchmark.",
        "their_split.csv names 0717.jpg, and no such frame was imported",
        "import the missing frames, or correct the names",
    ),
    Code(
        codes.FRAME_ON_TWO_SIDES,
        "error",
        "frame on two sides",
        "The split that was taken over trains on what it tests.",
        "their_split.csv lists 0003.jpg under train and under test",
        "decide, and remove one of the lines",
    ),
    Code(
        codes.ORPHANED_DECISION,
        "warning",
        "decision about what is not there",
        "Somebody looked and decided, and it has no effect: the frame or the window has another name by now.",
        "main/0007.jpg was rejected, and the frames were imported again as series night",
        "decide again under the new name; a decision that is not needed any more can be taken back",
    ),
    Code(
        codes.UNKNOWN_SPLIT_SIDE,
        "error",
        "side that is none",
        "The split that was taken over puts images on a side that curate does not know, so they are on none.",
        "their_split.csv puts 0003.jpg on the side holdout",
        "call the sides train, val and test",
    ),
    Code(
        codes.CLASS_LOST,
        "error",
        "a class that is labelled and not in the benchmark",
        "Somebody labelled it, and no figure will ever tell how well it is found.",
        "11 frames show pull_by, screening set all of them aside, and the split has none",
        "bring its frames back (`curate screen --keep FRAME`, `curate review`, or another split); a class that is not "
        "wanted is taken out with `curate remove` or renamed with `curate rename defect`",
    ),
    Code(
        codes.SPLIT_IMPOSSIBLE,
        "error",
        "a split that cannot be made",
        "It is asked for in curate.toml and there is none; the others were made.",
        "splits.rare has the policy imbalance, and no defect was shot before the end of training",
        "change or remove its table in curate.toml",
    ),
    Code(
        codes.ORPHANED_FILES,
        "info",
        "files that nothing refers to any more",
        "They take room, and somebody may take them for results.",
        "windows/old/clip after the window old was taken out of curate.toml",
        "look at them with `curate tidy --dry-run`, delete them with `curate tidy`",
    ),
)
