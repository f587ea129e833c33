"""The commented ``curate.toml`` that a new workspace starts with."""

from __future__ import annotations

_HEAD = """\
#:schema https://curate-inspection.readthedocs.io/en/stable/schemas/curate-toml.schema.json
# curate.toml: what this workspace is for and how its stages work.
# `curate status` says what to run next; unknown keys are errors.

[dataset]
name = {name}
version = "1.0.0"
license = ""                                # for example "CC-BY-4.0"; published with the dataset
"""

_CATEGORY = """\

[categories.{category}]
# How the inspection window is found in each frame. One of:
#   window = {{ mode = "match", template = "templates/{category}.png", size = [400, 400] }}   search for a template
#                                          cut it: curate crop --template-from SERIES/FRAME --box X,Y,WIDTH,HEIGHT
#                                          several templates: template = ["a.png", "b.png"]; turned parts: rotation = 15
#   window = {{ mode = "crop", box = [1000, 700, 400, 400] }}                                 x, y, width, height
#   window = {{ mode = "resize", size = [1000, 750] }}                                        the whole frame, scaled
#   window = {{ mode = "letterbox", size = [512, 512] }}                                      scaled and padded
#   window = {{ mode = "tile", size = [384, 384], overlap = 0.25 }}                           covered with tiles
# More windows of the same frames, for instance to study the window's size (`curate crop --window small`):
#   windows.small = {{ mode = "match", template = "templates/{category}.png", size = [200, 200] }}
window = {{ mode = "full" }}                  # the frame as it is
split = {{ policy = "chronological", train = 0.5 }}   # the first half of the good frames trains; or a count, or a date
#   split = {{ policy = "chronological", train = 0.5, val = 0.1, gap = "10 min" }}  validation, a gap between the sides
#   split = {{ policy = "grouped", by = "specimen", train = 0.5 }}                   one part is never on two sides
# More splits of the same frames, each a file of its own (`curate split`, `curate export --split cv-fold1`):
#   splits.cv = {{ policy = "k-fold", folds = 5, by = "specimen", supervised = true }}
#   splits.few = {{ policy = "few-shot", shots = [1, 2, 4, 8], repeats = 3 }}
#   splits.rare = {{ policy = "imbalance", shares = [0.25, 0.5, 0.75, 1.0] }}
#   splits.paper = {{ policy = "given", file = "their_split.csv" }}
# Limits of `curate screen`, each relative to the frames of its series; 0 switches one off:
#   screen = {{ blur = 0.42, noise = 2.7, light = 1.42, clipped = 0.15, obstruction = 0.07, repeat = 0.14 }}

# One table a defect type:
# [categories.{category}.defects.scratch]
# kind = "structural"                       # or "logical": something missing, misplaced or too much
# saturation = 0.5                          # how much of a region must be found: a fraction, or "800 px"
# regions = "each"                          # each shape is a region; "merge": all shapes of one image are one
"""


def config_template(name: str, categories: tuple[str, ...]) -> str:
    """Render a ``curate.toml`` with comments; without categories, one stands there as a comment."""
    import json

    text = _HEAD.format(name=json.dumps(name, ensure_ascii=False))
    if not categories:
        example = _CATEGORY.format(category="my_part")
        return text + "\n".join(f"# {line}".rstrip() if line else line for line in example.split("\n"))
    return text + "".join(_CATEGORY.format(category=toml_key(category)) for category in categories)


def toml_key(name: str) -> str:
    """Quote a TOML key where it needs it.

    >>> print(toml_key("pipe_clip"), toml_key("roter Strich"))
    pipe_clip "roter Strich"
    """
    bare = name.replace("_", "").replace("-", "")
    if bare.isascii() and bare.isalnum():
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
