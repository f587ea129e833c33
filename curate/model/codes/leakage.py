"""Codes 3xx: duplicates and leakage across splits."""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

LEAKAGE: tuple[Code, ...] = (
    Code(
        codes.SAME_FILE_ACROSS_SPLITS,
        "error",
        "the same file in two splits",
        "The detector is tested on what it has learnt by heart, so its figures are too good.",
        "test/good/0003.png is a copy of train/good/0140.png",
        "remove it from one of the splits",
    ),
    Code(
        codes.SAME_SHOT_ACROSS_SPLITS,
        "error",
        "the same shot in two splits",
        "Two pictures of one moment, or one picture saved twice, are as good as a copy, mirrored or turned ones too. "
        "An error where the finest details agree, else a warning.",
        "train/good/0140.png saved again as JPEG in test/good, or mirrored; a trigger that bounced",
        "look at the pair; keep both on one side, or remove one",
    ),
    Code(
        codes.SAME_FILE_IN_SPLIT,
        "warning",
        "the same file twice in a split",
        "It counts twice in every figure, and the dataset is smaller than it says.",
        "test/good/0003.png and test/good/0004.png are copies",
        "remove one",
    ),
    Code(
        codes.SAME_IMAGE_TWO_LABELS,
        "error",
        "the same picture under two labels",
        "One of the labels is wrong, and no detector can be right about both.",
        "test/good/0003.png is a copy of test/scratch/0001.png",
        "look at it and remove the wrong one",
    ),
    Code(
        codes.FRAME_ACROSS_SPLITS,
        "error",
        "parts of one frame in two splits",
        "Tiles of one frame share light, part and, where they overlap, pixels.",
        "two tiles of a.jpg, one in train and one in test",
        "split by frame: `curate split` never divides one",
    ),
    Code(
        codes.SPECIMEN_ACROSS_SPLITS,
        "error",
        "one specimen in two splits",
        "The detector has seen this very part, with its own scratches and stains.",
        "two photos of specimen kos20, one in train and one in test",
        "split by specimen: policy grouped",
    ),
    Code(
        codes.IMAGE_LISTED_TWICE,
        "error",
        "one image listed twice",
        "It counts twice, with two labels or two sets of regions of which one is forgotten or wrong.",
        "two entries of a COCO file, or two lines of a table, name scratch/0003.png",
        "merge the two annotations into one",
    ),
    Code(
        codes.LABEL_CONFOUNDED_BY_TIME,
        "warning",
        "label predicted by the time",
        "Good and defective images were taken at different times, so a detector can win on light or wear alone.",
        "every good test image was shot before every defective one",
        "take good and defective images side by side, or report the figures with this warning",
    ),
    Code(
        codes.LABEL_CONFOUNDED_BY_EXPOSURE,
        "warning",
        "label predicted by the exposure",
        "Outside their defects, good and defective images differ in brightness: a light meter would pass the test.",
        "the defective test images are all darker than the good ones",
        "take them under the same light and exposure, or report the figures with this warning",
    ),
    Code(
        codes.LABEL_CONFOUNDED_BY_SIZE,
        "warning",
        "label predicted by the image size",
        "Good and defective images have different sizes, so a detector can win without looking.",
        "good images are 512×512, defective ones 500×500",
        "cut all images alike",
    ),
    Code(
        codes.LABEL_CONFOUNDED_BY_SOURCE,
        "warning",
        "label predicted by the camera or the file",
        "Good and defective images come from different cameras or programs, which leave traces in every pixel.",
        "defective images were re-saved by an image editor, good ones come from the camera",
        "take and export all images in the same way",
    ),
    Code(
        codes.DEFECT_IN_TRAINING,
        "error",
        "defect in the training images",
        "A detector that learns what is normal learns that this defect is; the dataset does not say that it is "
        "supervised. Where a tenth of the training images or more show defects, it is taken for supervised (info).",
        "one image in train/scratch, without a dataset.json that declares supervision",
        "move it to test, or declare the supervision: `curate split` with a supervised policy",
    ),
)
