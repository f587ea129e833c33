"""Train and run the detectors of the papers behind this project, and write what they find as a submission.

One file a method. What a network computes is the work of anomalib, timm, segmentation-models-pytorch, scikit-learn and
torch (extra ``baselines``), which are imported only where they are used; the pixel-Gaussian needs none of them.
"""
