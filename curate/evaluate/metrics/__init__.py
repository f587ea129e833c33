"""Every metric of ``curate evaluate``, one file each, defined once.

Aim
---
Definitions alone: pure functions and small accumulators on counts. How scores of maps are counted lies beside, in
:mod:`curate.evaluate.scoring`; what a result writes down lies above.

=========================  ===========================================================================
metric                     file
=========================  ===========================================================================
AU-sPRO                    :mod:`~curate.evaluate.metrics.spro`
AU-PRO                     :mod:`~curate.evaluate.metrics.pro`
AUROC (images and pixels)  :mod:`~curate.evaluate.metrics.roc`
AP (images and pixels)     :mod:`~curate.evaluate.metrics.average_precision`
F1-max and its threshold   :mod:`~curate.evaluate.metrics.f1`
TPR at fixed TNR           :mod:`~curate.evaluate.metrics.tpr_at_tnr`
deployed threshold         :mod:`~curate.evaluate.metrics.deployed`
Dice, IoU                  :mod:`~curate.evaluate.metrics.dice_iou`
Boundary IoU               :mod:`~curate.evaluate.metrics.boundary_iou`
multi-class recall, AQL    :mod:`~curate.evaluate.metrics.multiclass`
=========================  ===========================================================================

Conventions
-----------
Scores are real, finite, and higher where more anomalous; something is *predicted positive* when its score is greater
than the threshold, strictly. Positives are defects: defective images, or pixels inside regions. ``fp`` and ``tp`` are
cumulative counts at a curve's vertices, from the highest score down (:mod:`~curate.evaluate.metrics.counting`); scores
that are equal make one slanted segment. A value that is not defined, for want of negatives or positives, is None.
"""
