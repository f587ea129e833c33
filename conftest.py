"""Where torchmetrics is not installed, the docstrings of ``curate.torch`` cannot be run."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torchmetrics") and find_spec("anomalib") else ["curate/torch/*"]
