"""Codes 190 to 199: what reading the layouts of others had to leave out or decide."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

FOREIGN: tuple[Code, ...] = (
    Code(
        codes.LABEL_WITHOUT_IMAGE,
        "warning",
        "mask or label file without an image",
        "What it marks is in no result: either it is not needed, or an image was lost.",
        "ground_truth/bad/012_mask.png, and no test_public/bad/012.png",
        "bring the image back, or remove the mask",
    ),
    Code(
        codes.LISTED_FILE_MISSING,
        "error",
        "listed file that is not there",
        "The dataset's own table counts images that nobody can load, so figures differ from those of others.",
        "split_csv/1cls.csv lists candle/Data/Images/Normal/0836.JPG, which was not unpacked",
        "unpack the archive again, or remove the rows",
    ),
    Code(
        codes.UNREADABLE_ANNOTATION,
        "error",
        "annotation that cannot be read",
        "The defect that it marks is missing from the regions, and its pixels count as good ones.",
        "a run of 200 pixels that starts at the image's last one",
        "correct the annotation file",
    ),
    Code(
        codes.NO_SPLIT,
        "info",
        "dataset without a split",
        "Whoever publishes a figure on it has made a split of his own, and figures cannot be compared.",
        "KolektorSDD, which the authors evaluate by three folds over its items",
        "import it into a workspace and split it there, items kept whole",
    ),
    Code(
        codes.DEFECT_CONTRADICTS_NAME,
        "warning",
        "annotation of another defect than its name says",
        "Readers that take the class from the file's name and readers that take it from the file disagree.",
        "crazing_2.xml holds an object called patches",
        "nothing: the annotation counts, not the name",
    ),
    Code(
        codes.WRITTEN_DATASET_DIFFERS,
        "error",
        "written dataset differs from its source",
        "Detectors would be judged on other regions than the source has.",
        "a region that lost a pixel between two layouts",
        "this is a bug in curate: report it with the two folders; until then use another layout",
    ),
    Code(
        codes.UNEXPLAINED_IMAGE,
        "error",
        "images that the layout does not explain",
        "Nothing says what they show: they are in no count and no figure.",
        "test/NG beside test/ok, in a layout whose defects lie in test/ko",
        "name the layout with --layout, or move the images where the layout has them",
    ),
    Code(
        codes.IMAGE_OF_UNKNOWN_LABEL,
        "error",
        "image of which nobody says whether it is good",
        "Something that was drawn on it could not be used, or its label file is missing, so it was left out.",
        "an annotation with run lengths of another size; labels/0007.txt is missing beside 400 others",
        "correct the annotation, or give the image an empty label file if it is good",
    ),
)
