"""Codes 7xx: order and time.

70x the order itself · 72x what import could not settle · 73x the state of captures · 74x what screening must say.
"""

from __future__ import annotations

from curate.model.codes import names as codes
from curate.model.codes.code import Code

ORDER: tuple[Code, ...] = (
    Code(
        codes.FRAMES_WITHOUT_CLOCK,
        "warning",
        "some frames have no clock",
        "Splits, leakage checks and drift plots lean on time; an order by names is only as good as the names.",
        "59 of 60 frames have EXIF DateTimeOriginal, one was edited and lost it",
        "import the frames without a clock into a series of their own with --series NAME, or correct their names; "
        "pass over what is no frame with --exclude PATTERN",
    ),
    Code(
        codes.TIMES_WITHOUT_OFFSET,
        "warning",
        "some times have no UTC offset",
        "Local times are comparable within one zone only: the order is right if all cameras share it.",
        "30 of 60 frames have OffsetTimeOriginal, 30 have not",
        "check that the cameras' clocks show the same zone, or import them into series of their own with --series NAME",
    ),
    Code(
        codes.CLOCK_GOES_BACK,
        "warning",
        "the clock goes back",
        "Frames sorted by this clock would stand in the wrong order around the place, for an hour of daylight saving.",
        "DSC_0413 was shot at 02:59:58, DSC_0414 at 02:00:03 of the same night",
        "nothing if the counter is right; else say what to trust with --order",
    ),
    Code(
        codes.UNCONFIRMED_COUNTER_TURN,
        "warning",
        "a counter turns over and no clock confirms it",
        "Cut at the wrong place of its ring, a counter puts the newest frames before the oldest.",
        "IMG_9998, IMG_9999, IMG_0001, IMG_0002 without any time",
        "check the two frames; --order name takes the names as they are",
    ),
    Code(
        codes.COUNTER_CONTRADICTS_CLOCK,
        "error",
        "counter and clock contradict each other",
        "One of them does not tell the order in which the frames were shot; a split made on the wrong one leaks.",
        "of 100 frames, ten have a lower number than the frame shot just before them",
        "look at the frames named, then run import again with --order counter or --order exif (or the clock used)",
    ),
    Code(
        codes.ONLY_DATETIME_CLOCK,
        "warning",
        "the only clock is DateTime",
        "EXIF DateTime is when a file was last written: an editor or a converter may have changed it.",
        "frames exported from a viewer that kept DateTime and dropped DateTimeOriginal",
        "compare with the names; --order name takes those instead",
    ),
    Code(
        codes.SEVERAL_CAMERAS,
        "warning",
        "several cameras in one series",
        "Two clocks are never equal: which frame of one camera was before which of the other is not known.",
        "frames with two body serial numbers, imported together",
        "import each camera into a series of its own with --series NAME, or name cameras with --pattern or --manifest",
    ),
    Code(
        codes.LONG_PAUSE,
        "info",
        "a long pause",
        "Another batch, a new lamp or a moved camera may separate the frames more than what they show.",
        "the last frame of Friday and the first of Monday",
        "to make each run a series of its own: --series-gap 8h",
    ),
    Code(
        codes.EQUAL_TIMES,
        "info",
        "frames with the same time",
        "A clock of whole seconds cannot order a burst; names may or may not.",
        "three frames of 2022-08-11T17:27:09 without sub-seconds and without a counter",
        "nothing if the names count up; else give the order with --manifest",
    ),
    Code(
        codes.CLOCKS_CONTRADICT,
        "warning",
        "two clocks contradict each other",
        "One of the two does not tell when the frame was shot.",
        "EXIF times go up, and the time stamps in the names jump back an hour half-way",
        "find out which clock is right and choose it with --order",
    ),
    Code(
        codes.TIME_NOT_READ,
        "warning",
        "evidence of the order that could not be read",
        "A time or a counter that is there and not understood would have decided the order; what decides it now may be "
        "wrong, and a split made on it may look into the future.",
        "names with 04-09-2022, where nothing tells the day from the month; EXIF DateTimeOriginal 'yesterday'",
        "say how to read it with --pattern, give the times with --manifest, or say what to go by with --order",
    ),
    Code(
        codes.HOUR_MAY_REPEAT,
        "warning",
        "an hour that the clock may have shown twice",
        "Where daylight saving ends, a clock without an offset from UTC shows an hour twice, and frames of both are "
        "mixed unless a counter tells them apart.",
        "ten frames between 02:00 and 03:00 of the last Sunday of October, with neither offset nor counter",
        "if the camera's clock does not follow daylight saving, say so with --order exif; else give the times with "
        "--manifest",
    ),
    Code(
        codes.EARLIER_ORDER_KEPT,
        "warning",
        "earlier frames would stand in another order by now",
        "Frames that came later are evidence about those imported before; splits and labels rest on the order that was "
        "recorded, so it was kept.",
        "a later day shows that dates have the day first, and the first day was ordered by its names",
        "look at the frames named; import again with --reorder to take the new order, or with --order to choose "
        "the evidence",
    ),
    Code(
        codes.RENAMED,
        "warning",
        "renamed because its name was taken",
        "Annotations that name the file by its old name belong to the other frame.",
        "0001.jpg of another folder, with other content than the 0001.jpg imported before",
        "import it into a series of its own with --series NAME if the name matters",
    ),
    Code(
        codes.LABEL_OR_SPECIMEN_DIFFERS,
        "warning",
        "has another label or specimen already",
        "Two sources disagree about what the frame shows.",
        "a frame imported as good is imported again with --label scratch",
        "settle which is right; to change it, edit the captures record",
    ),
    Code(
        codes.NAME_PATTERN_UNMATCHED,
        "warning",
        "names that the pattern does not match",
        "What the pattern should say about these files stays open.",
        "--pattern 'cam(?P<camera>\\d)_' and a file called overview.jpg",
        "widen the pattern, or import these files on their own",
    ),
    Code(
        codes.MANIFEST_MISMATCH,
        "warning",
        "manifest and files do not cover each other",
        "What the manifest should say about these files stays open, or files are missing.",
        "a row for 0017.png, which is not in the source",
        "check the paths in the manifest: a row's path must end as the file's does",
    ),
    Code(
        codes.UNUSABLE_MANIFEST_ROW,
        "error",
        "a manifest row that cannot be used",
        "The row leads outside its folder, or it is not clear which file it is about.",
        "../../etc/passwd.png, or 0001.png when two folders hold one",
        "correct the row: write the path as it is below the source",
    ),
    Code(
        codes.UNCONFIGURED_CATEGORY,
        "warning",
        "category that curate.toml does not name",
        "A misspelt category becomes one of its own, the whole frame its window, beside the one that was meant.",
        "curate import FRAMES -c pipe_clp, where curate.toml has [categories.pipe_clip]",
        "add its table to curate.toml; or delete its captures and records and import again under the right name",
    ),
    Code(
        codes.MASKS_AMONG_FRAMES,
        "warning",
        "masks among the frames",
        "A mask taken for a frame stands in the shooting order, in the windows and in the split, and has no clock.",
        "the folder of a published dataset with train/, test/ and ground_truth/",
        "delete the category's captures and records, and import again with --exclude ground_truth",
    ),
    Code(
        codes.NAMES_GARBLED,
        "warning",
        "names in a wrong character set",
        "Labels, cameras and words in such names are not what they were, and annotations that name the files as they "
        "were called do not find them.",
        "a zip file made under Windows in Chinese, whose folder 良品 reads ┴╝╞╖",
        "unpack the archive with a program that lets you choose its character set, and import the folder",
    ),
    Code(
        codes.FRAME_MISSING,
        "error",
        "a captured frame is missing",
        "Stages after import stop at it, and nobody else can repeat them.",
        "captures/clip/main/0017.jpg was moved by hand",
        "run `curate import` again with the source it came from: it is put back under its name",
    ),
    Code(
        codes.FRAME_CHANGED,
        "error",
        "a captured frame has changed",
        "What is measured on it is not what was recorded; a disk or a program damages files.",
        "a file of the recorded name and size whose sha256 is another",
        "delete the file and run `curate import` again with the source it came from",
    ),
    Code(
        codes.FRAME_REWRITTEN,
        "warning",
        "a captured frame was written again with the same picture",
        "The bytes are not those of the camera, although every pixel is; its EXIF block may be gone.",
        "a PNG that was optimised by a program that optimises files",
        "delete the file and run `curate import` again with the source it came from",
    ),
    Code(
        codes.UNRECORDED_FILE,
        "warning",
        "a file among the captures that no record knows",
        "It looks like a frame and is none: no stage takes it up.",
        "captures/clip/main/copy of 0017.jpg, put there by hand",
        "move it away, or import it from where it came",
    ),
    Code(
        codes.SCREENING_BIAS,
        "warning",
        "screening sets defects aside more often than good frames",
        "The hardest defects would be missing from the benchmark, and every detector would look better than it is.",
        "6 of 30 frames with an obstruction are rejected, and 4 of 400 good ones",
        "look at the contact sheet; keep frames with `curate screen --keep ID`, or loosen the limit in curate.toml",
    ),
)
