"""Exact curves of float maps, whose every score may be another: in a bounded number of passes and a fixed memory.

``passes`` says which files are read when; ``positives`` holds the scores inside regions, ``negatives`` counts those
outside among them (``edges``, by ``grouping`` or ``lookup``; ``seen`` remembers which there were), and ``rows`` lays
both out as a part of the curve.
"""
