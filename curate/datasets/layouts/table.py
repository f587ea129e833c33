"""Every layout that curate knows, one row each.

To add one: a row here, a test on a tiny tree, a paragraph in docs/layouts.md. A folder is recognised by the first row
whose signs all match; ``--layout`` insists on one.
"""

from __future__ import annotations

from curate.datasets.layouts.description import ANYWHERE, CATEGORY, IMAGE, Holds, Images, Layout
from curate.datasets.layouts.documents import (
    COCO_FILE,
    DAGM_IMAGE,
    DAGM_TABLE,
    DEEP_PCB_BOXES,
    DEEP_PCB_TEMPLATE,
    LABELME_FILE,
    NEU_FILE,
    SEVERSTAL_TABLE,
    VOC_FILE,
    YOLO_FILE,
    read_coco,
    read_dagm_ellipses,
    read_deep_pcb,
    read_labelme,
    read_severstal,
    read_voc,
    read_yolo,
)
from curate.datasets.layouts.huggingface import FILE as HUGGING_FACE_FILE
from curate.datasets.layouts.huggingface import read_hugging_face
from curate.datasets.layouts.listed import REAL_IAD_LIST, read_real_iad, read_tabular
from curate.datasets.layouts.packed import FILE as SHARD
from curate.datasets.layouts.packed import read_web_dataset
from curate.datasets.layouts.plain import FOLDERS, SEGMENTATION
from curate.datasets.layouts.public_sets import PUBLIC_SETS
from curate.datasets.layouts.visa import IMAGE as VISA_IMAGE
from curate.datasets.layouts.visa import read_visa

_KNOWN: tuple[Layout, ...] = (
    Layout(
        "autovi",
        "AutoVI",
        mask_rule="value",
        holds=Holds("yes", "yes", "yes", "yes", "beside", "beside"),
        sources=("primary: zenodo 10459003 (files of pipe_staple) and its evaluation script",),
    ),
    Layout(
        "mvtec-loco",
        "MVTec LOCO AD",
        mask_rule="value",
        holds=Holds("yes", "yes", "yes", "yes", "beside", "beside"),
        sources=("primary: a defects_config.json of the dataset", "the layout's published evaluation script"),
    ),
    Layout(
        "mvtec-ad",
        "MVTec AD",
        holds=Holds("one an image", "the folder's", "no", "beside", "beside", "beside"),
        sources=("primary: files of the category screw",),
    ),
    Layout("mpdd", "MPDD", sources=("anomalib's reader of it: the tree of MVTec AD",)),
    Layout("visa-1cls", "VisA, prepared (1cls)", sources=("primary: spot-diff/utils/prepare_data.py",)),
    Layout(
        "mvtec-ad-2",
        "MVTec AD 2",
        signs=(rf"{CATEGORY}test_public/(?:good|bad)/{IMAGE}",),
        images=(
            Images(rf"{CATEGORY}(?P<split>train|validation)/good/{IMAGE}", label="good"),
            Images(rf"{CATEGORY}test_public/(?P<label>good|bad)/{IMAGE}"),
        ),
        masks=(rf"{CATEGORY}test_public/ground_truth/(?P<label>bad)/(?P<name>[^/]+)_mask\.png",),
        splits=(("validation", "val"),),
        ignored=((rf"{CATEGORY}test_private(?:_mixed)?/.*", "of a private test set, which has no labels"),),
        sources=("anomalib's reader of it; the private test sets have no labels and are left out",),
    ),
    Layout(
        "visa",
        "VisA, as downloaded",
        signs=(VISA_IMAGE,),
        mask_rule="values",
        reader=read_visa,
        holds=Holds("one a defect and image; overlaps go to the later", "yes", "no", "joins train", "beside", "beside"),
        sources=("primary: spot-diff/split_csv/1cls.csv, id2class.py, utils/prepare_data.py",),
    ),
    Layout(
        "visa-2cls",
        "VisA, prepared (2cls_highshot, 2cls_fewshot)",
        signs=(rf"{CATEGORY}ground_truth/(?:train|test)/bad/{IMAGE}",),
        images=(Images(rf"{CATEGORY}(?P<split>train|test)/(?P<label>good|bad)/{IMAGE}"),),
        masks=(rf"{CATEGORY}ground_truth/(?P<split>train|test)/(?P<label>bad)/{IMAGE}",),
        sources=("primary: spot-diff/utils/prepare_data.py",),
    ),
    Layout(
        "btad",
        "BTAD (beanTech)",
        signs=(rf"{CATEGORY}test/(?:ok|ko)/{IMAGE}",),
        images=(Images(rf"{CATEGORY}(?P<split>train|test)/(?P<label>ok|ko)/{IMAGE}"),),
        masks=(rf"{CATEGORY}ground_truth/(?P<label>ko)/{IMAGE}",),
        sources=("anomalib's reader of it",),
    ),
    Layout(
        "kolektorsdd",
        "KolektorSDD",
        signs=(rf"{ANYWHERE}kos\d+/Part\d+\.jpg",),
        images=(Images(rf"{ANYWHERE}(?P<specimen>kos\d+)/(?P<name>Part\d+)\.jpg", label="?"),),
        masks=(rf"{ANYWHERE}(?P<specimen>kos\d+)/(?P<name>Part\d+)_label\.bmp",),
        empty_is_good=True,
        category="kolektorsdd",
        official_split=False,
        supervised=True,
        sources=("primary: files of kos01, kos20 and kos38",),
    ),
    Layout(
        "kolektorsdd2",
        "KolektorSDD2",
        signs=(rf"{ANYWHERE}(?:train|test)/\d+_GT\.png",),
        images=(Images(rf"{ANYWHERE}(?P<split>train|test)/(?P<name>\d+)\.png", label="?"),),
        masks=(rf"{ANYWHERE}(?P<split>train|test)/(?P<name>\d+)_GT\.png",),
        empty_is_good=True,
        category="kolektorsdd2",
        supervised=True,
        sources=("public readers of it agree",),
    ),
    Layout(
        "dagm",
        "DAGM 2007, HCI release",
        signs=(rf"{ANYWHERE}Class\d+/(?:(?:Train|Test)/Label|true_masks)/\d+_label\.png",),
        images=(
            Images(rf"{ANYWHERE}(?P<category>Class\d+)/(?P<split>Train|Test)/(?P<name>\d+)\.png", label="?"),
            Images(rf"{ANYWHERE}(?P<category>Class\d+)/(?P<name>\d+)\.png", label="?"),
        ),
        masks=(
            rf"{ANYWHERE}(?P<category>Class\d+)/(?P<split>Train|Test)/Label/(?P<name>\d+)_label\.png",
            rf"{ANYWHERE}(?P<category>Class\d+)/true_masks/(?P<name>\d+)_label\.png",
        ),
        official_split=False,
        supervised=True,
        sources=("primary: files of classes 1 to 3, which have no Train and Test folder", "public readers of it"),
    ),
    Layout(
        "dagm-ellipses",
        "DAGM 2007, first release",
        signs=(DAGM_TABLE, DAGM_IMAGE),
        reader=read_dagm_ellipses,
        official_split=False,
        supervised=True,
        sources=("primary: rows of the table", "public readers of it: semi-axes, radians"),
    ),
    Layout(
        "severstal",
        "Severstal steel",
        signs=(SEVERSTAL_TABLE, rf"{ANYWHERE}train_images/[^/]+\.jpg"),
        reader=read_severstal,
        category="severstal",
        ignored=((rf"{ANYWHERE}test[^/]*/[^/]+\.jpg", "a test image, which has no label"),),
        official_split=False,
        supervised=True,
        sources=("primary: rows of the table in three shapes",),
    ),
    Layout(
        "magnetic-tile",
        "Magnetic-tile defects",
        signs=(rf"{ANYWHERE}MT_[A-Za-z]+/Imgs/[^/]+\.jpg",),
        images=(Images(rf"{ANYWHERE}MT_(?P<label>[A-Za-z]+)/Imgs/(?P<name>[^/]+)\.jpg"),),
        masks=(rf"{ANYWHERE}MT_(?P<label>[A-Za-z]+)/Imgs/(?P<name>[^/]+)\.png",),
        mask_rule="half",
        category="magnetic_tile",
        official_split=False,
        supervised=True,
        sources=("primary: files of each class",),
    ),
    Layout(
        "deep-pcb",
        "DeepPCB",
        signs=(DEEP_PCB_TEMPLATE, DEEP_PCB_BOXES),
        reader=read_deep_pcb,
        ignored=((rf"{ANYWHERE}fig/.*", "a figure of the authors' page"),),
        category="deep_pcb",
        supervised=True,
        sources=(
            "primary: the authors' README (types, 1 000 images for training)",
            "public readers of it (file names)",
        ),
    ),
    Layout(
        "real-iad",
        "Real-IAD",
        signs=(REAL_IAD_LIST, rf"{ANYWHERE}(?:OK|NG/[^/]+)/S\d+/[^/]+\.jpg"),
        reader=read_real_iad,
        sources=("anomalib's reader of it",),
    ),
    Layout(
        "neu-det",
        "NEU-DET",
        signs=(NEU_FILE,),
        reader=read_voc,
        category="neu_det",
        official_split=False,
        supervised=True,
        sources=("primary: files of each class",),
    ),
    Layout(
        "voc",
        "Pascal VOC",
        signs=(VOC_FILE,),
        reader=read_voc,
        official_split=False,
        supervised=True,
        sources=("primary: files of several sets; GC10-DET is one of them",),
    ),
    Layout(
        "labelme",
        "LabelMe, a file per image",
        signs=(LABELME_FILE,),
        reader=read_labelme,
        official_split=False,
        supervised=True,
        sources=("the program's files",),
    ),
    Layout(
        "coco",
        "COCO",
        signs=(COCO_FILE,),
        reader=read_coco,
        official_split=True,
        holds=Holds("yes", "yes", "yes", "yes", "yes", "yes"),
        supervised=True,
        sources=("primary: the COCO API's maskApi.c and its data format page",),
    ),
    Layout(
        "yolo",
        "YOLO (boxes and outlines)",
        signs=(YOLO_FILE, rf"{ANYWHERE}images/(?:.*/)?{IMAGE}"),
        reader=read_yolo,
        holds=Holds("yes", "yes", "no", "yes", "beside", "beside"),
        supervised=True,
        sources=("the format's public description",),
    ),
    Layout(
        "huggingface",
        "Hugging Face image folder with Parquet metadata",
        signs=(HUGGING_FACE_FILE,),
        reader=read_hugging_face,
        holds=Holds("yes", "yes", "yes", "yes", "yes", "yes"),
        supervised=True,
        sources=("the documentation of datasets, and datasets itself",),
    ),
    Layout(
        "webdataset",
        "WebDataset tar shards",
        signs=(SHARD,),
        reader=read_web_dataset,
        holds=Holds("yes", "yes", "yes", "yes", "yes", "yes"),
        supervised=True,
        sources=("the format's public description",),
    ),
    Layout(
        "anomalib-table",
        "anomalib Tabular (CSV)",
        reader=read_tabular,
        sources=("primary: anomalib/data/datasets/image/tabular.py",),
    ),
)

_AHEAD = tuple(layout.name for layout in _KNOWN).index("neu-det")
LAYOUTS: tuple[Layout, ...] = (*_KNOWN[:_AHEAD], *PUBLIC_SETS, SEGMENTATION, *_KNOWN[_AHEAD:], FOLDERS)
"""In the order in which they are tried: sets that look like a common form go before it."""

BY_NAME = {layout.name: layout for layout in LAYOUTS}
