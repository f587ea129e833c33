"""``curate demo``: sessions of drawn frames with known truth, and the whole pipeline run on them.

Pure, and useful in any test: ``session`` (settings, what a shot is), ``plan`` (who stands where and when, with which
defect), ``texture`` and ``scene`` (pixels), ``annotate`` (the truth as a Label Studio export), ``sheets`` (contact
sheets), ``workspace`` (the demo's own settings). Writing: ``write`` (a session), ``submit`` (a submission), ``look``
(the sheets), ``run`` (everything).
"""
