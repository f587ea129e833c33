"""Codes 1xx: layout and configuration."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

LAYOUT: tuple[Code, ...] = (
    Code(
        codes.DOUBLY_NESTED,
        "warning",
        "doubly nested folder",
        "Loaders look for <category>/train and find <category>/<category>/train: they stop, or see an empty category.",
        "screw/screw/train, as an archive leaves it that was packed with its own folder",
        "move the inner folder's content one level up",
    ),
    Code(
        codes.STRAY_FILE,
        "warning",
        "stray file",
        "A file that the layout does not explain is counted by one loader and not by another, or stops a script.",
        "Thumbs.db, .DS_Store or notes.txt in test/good",
        "remove it, or move it out of the dataset",
    ),
    Code(
        codes.STRAY_GROUND_TRUTH_FILE,
        "error",
        "stray file under ground_truth",
        "The published scripts take everything under ground_truth for a mask and stop at anything else.",
        "ground_truth/scratch/0003/Thumbs.db",
        "remove it",
    ),
    Code(
        codes.DATASET_PART_MISSING,
        "error",
        "a part of the dataset is missing",
        "Without good training images, good test images and defective test images nothing can be fitted or measured.",
        "there is no folder test/good, or no image in it",
        "complete the dataset, or say why in its curate-validate.toml (`curate validate --help` shows how)",
    ),
    Code(
        codes.IMAGE_NAME_FORM,
        "warning",
        "image name of another form",
        "Names of one folder are numbers of one length; another form sorts elsewhere, and maps are paired by name.",
        "test/good/12.png among 0000.png, 0001.png …",
        "rename it",
    ),
    Code(
        codes.NESTED_TOO_DEEP,
        "error",
        "images nested too deep",
        "Loaders read one level of folders below test: these images are trained on or tested by nobody, or a "
        "folder was "
        "copied into itself and they are there twice.",
        "test/good/good/0003.png",
        "move the images one level up, or remove the copy",
    ),
    Code(
        codes.RESERVED_NAME,
        "error",
        "reserved folder name",
        "The published AutoVI script takes these two names for MVTec LOCO's and then refuses the category.",
        "test/logical_anomalies in the AutoVI layout",
        "name the folder after the defect",
    ),
    Code(
        codes.DUPLICATE_IMAGE_NAME,
        "error",
        "two images of one name",
        "Masks and maps are paired by the name without its ending, so one of the two gets the other's.",
        "test/good/0003.png and test/good/0003.jpg",
        "remove or rename one",
    ),
    Code(
        codes.EMPTY_FOLDER,
        "warning",
        "empty folder",
        "It names a defect or an image that has no file: something was not copied, or was deleted by halves.",
        "ground_truth/scratch/0003 without a file",
        "remove it, or copy what is missing",
    ),
    Code(
        codes.NO_DEFECTS_CONFIG,
        "error",
        "no defects_config.json",
        "Nobody can tell which defect a mask's value stands for, nor how much of it must be found.",
        "a category in the AutoVI layout with masks and no defects_config.json",
        "write one, a list of {defect_name, pixel_value, saturation_threshold, relative_saturation}; "
        "relative_saturation true and saturation_threshold 1.0 score the whole region",
    ),
    Code(
        codes.BROKEN_DEFECTS_CONFIG,
        "error",
        "broken defects_config.json",
        "Thresholds cannot be read, so no localisation figure can be computed.",
        'a relative "saturation_threshold" of 1.5, or one pixel_value for two entries',
        "correct the entries named",
    ),
    Code(
        codes.JSON_NUMBER_TYPE,
        "warning",
        "JSON number type that the published scripts refuse",
        "They insist on a JSON float for a relative threshold and on a JSON int for an absolute one, and stop "
        "otherwise.",
        '"saturation_threshold": 1 with "relative_saturation": true, expected 1.0',
        "write 1.0, or 800 without a decimal point",
    ),
    Code(
        codes.PIXEL_VALUE_WITHOUT_MASK,
        "warning",
        "pixel value that no mask has",
        "An entry that is never used is a defect that was forgotten, or a leftover that misleads.",
        "an entry for the value 254 while all masks hold 255",
        "add the missing masks, or remove the entry; a class that is labelled and lost on the way is an error, CUR562",
    ),
    Code(
        codes.SIZE_RESIZED_BY_AUTOVI_SCRIPT,
        "warning",
        "size that the published AutoVI script resizes",
        "It chooses a size by the category's name and resizes every anomaly map to it, but no mask: maps and masks of "
        "another size do not line up there, and its figures are wrong or it stops.",
        "images of 600×600 in a category named pipe_staple, for which the script takes 400×400",
        "cut windows of that size, or give the category another name",
    ),
    Code(
        codes.BROKEN_DATASET_JSON,
        "error",
        "broken dataset.json",
        "Where each image comes from and when it was shot cannot be read, so order and leakage cannot be checked.",
        "dataset.json was cut short",
        "export the dataset again",
    ),
    Code(
        codes.FILE_DIFFERS_FROM_DATASET_JSON,
        "error",
        "file differs from dataset.json",
        "The dataset is not the one that was published under this fingerprint: figures of two people do not compare.",
        "an image was edited, added or removed after the export",
        "export the dataset again, or copy it again from its source",
    ),
    Code(
        codes.UNUSED_SILENCE,
        "info",
        "silence that covers nothing",
        "A rule of curate-validate.toml speaks of no finding: the trouble is gone, or code or path are mistyped.",
        "code = codes.LABEL_CONFOUNDED_BY_TIME and no CUR310 is found",
        "remove the rule",
    ),
)
