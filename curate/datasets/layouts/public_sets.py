"""Public sets with folders or files of their own, a row each."""

from __future__ import annotations

from curate.datasets.layouts.description import ANYWHERE, CATEGORY, IMAGE, Images, Layout
from curate.datasets.layouts.documents import VOC_FILE, read_voc
from curate.datasets.layouts.listed import ELPV_TABLE, WOOD_BOXES, read_elpv, read_wood
from curate.datasets.layouts.matlab import CRACK_FOREST_TRUTH, read_crack_forest

PUBLIC_SETS: tuple[Layout, ...] = (
    Layout(
        "aitex",
        "AITEX fabrics",
        signs=(rf"{ANYWHERE}Defect_images/{IMAGE}", rf"{ANYWHERE}NODefect_images/.+"),
        images=(
            Images(rf"{ANYWHERE}Defect_images/(?P<name>\d+_(?P<label>\d+)_\d+)\.png"),
            Images(rf"{ANYWHERE}NODefect_images/(?:.*/)?{IMAGE}", label="good"),
        ),
        masks=(rf"{ANYWHERE}Mask_images/(?P<name>\d+_\d+_\d+)_mask\d*\.png",),
        category="aitex",
        official_split=False,
        supervised=True,
        sources=("the authors' description of the folders; the label is the defect's code in the name",),
    ),
    Layout(
        "rsdds",
        "RSDDs rail surfaces",
        signs=(rf"{ANYWHERE}[^/]*RSDDs[^/]*/Rail surface images/{IMAGE}",),
        images=(Images(rf"{ANYWHERE}(?P<category>[^/]*RSDDs[^/]*)/Rail surface images/{IMAGE}", label="defect"),),
        masks=(rf"{ANYWHERE}(?P<category>[^/]*RSDDs[^/]*)/GroundTruth/{IMAGE}",),
        mask_rule="half",  # the masks are JPEG files
        official_split=False,
        supervised=True,
        sources=("folders of the download, as public readers have them",),
    ),
    Layout(
        "deepcrack",
        "DeepCrack",
        signs=(rf"{ANYWHERE}(?:train|test)_img/{IMAGE}", rf"{ANYWHERE}(?:train|test)_lab/{IMAGE}"),
        images=(Images(rf"{ANYWHERE}(?P<split>train|test)_img/{IMAGE}", label="?"),),
        masks=(rf"{ANYWHERE}(?P<split>train|test)_lab/{IMAGE}",),
        mask_rule="half",
        category="deepcrack",
        defect="crack",
        empty_is_good=True,
        supervised=True,
        sources=("folders of the authors' repository",),
    ),
    Layout(
        "eyecandies",
        "Eyecandies",
        signs=(rf"{CATEGORY}(?:train|val|test_public)/data/\d+_image_\d\.png",),
        images=(
            Images(
                rf"{CATEGORY}(?P<split>train|val|test_public)/data/(?P<name>(?P<item>\d+)_image_\d)\.png", label="?"
            ),
        ),
        masks=(rf"{CATEGORY}(?P<split>train|val|test_public)/data/(?P<item>\d+)_mask\.png",),
        splits=(("test_public", "test"),),
        defect="anomaly",
        empty_is_good=True,
        shared_masks=True,
        ignored=(
            (rf"{CATEGORY}test_private/.*", "of a private test set, which has no labels"),
            (
                rf"{CATEGORY}[^/]+/data/\d+_(?:depth|normals|\w+_mask|info_depth)\.\w+",
                "of another kind than the photos",
            ),
        ),
        sources=("anomalib's reader of it; six lights of one object share its mask",),
    ),
    Layout(
        "elpv",
        "ELPV solar cells",
        signs=(ELPV_TABLE, rf"{ANYWHERE}images/cell\d+\.png"),
        reader=read_elpv,
        category="elpv",
        official_split=False,
        supervised=True,
        sources=("the authors' README: probabilities 0, 1/3, 2/3 and 1",),
    ),
    Layout(
        "wood",
        "wood surfaces of Kodytek et al.",
        signs=(WOOD_BOXES,),
        reader=read_wood,
        category="wood",
        official_split=False,
        supervised=True,
        ignored=((rf"{ANYWHERE}Semantic Maps\d*/.*", "says in colours what the boxes say with names"),),
        sources=("the authors' description of the files",),
    ),
    Layout(
        "crackforest",
        "CrackForest",
        signs=(CRACK_FOREST_TRUTH, rf"{ANYWHERE}image/{IMAGE}"),
        reader=read_crack_forest,
        category="crackforest",
        defect="crack",
        official_split=False,
        supervised=True,
        ignored=((rf"{ANYWHERE}seg/.*", "drawn again in groundTruth"),),
        sources=("the authors' repository: groundTruth.Segmentation, 2 is crack",),
    ),
    Layout(
        "pku-pcb",
        "PCB defects of Peking University",
        signs=(rf"{ANYWHERE}PCB_USED/{IMAGE}", VOC_FILE),
        reader=read_voc,
        category="pku_pcb",
        official_split=False,
        supervised=True,
        ignored=((rf"{ANYWHERE}rotation/.*", "a turned copy, without an annotation"),),
        sources=("folders of the download",),
    ),
)
