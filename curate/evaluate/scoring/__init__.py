"""How scores become counts: reading maps and masks in parts, on threads or a cluster, in a bounded memory.

``passes`` says which files are read when and ``reading`` reads them. 8- and 16-bit maps are counted in one pass by
``histograms``. Float maps, whose every score may be another, take several (``float_passes``): ``region_scores`` holds
the scores inside regions, ``negative_counts`` counts those outside among them, and ``float_rows`` lays both out as a
part of the curve. What the counts mean is :mod:`curate.evaluate.metrics`'s.
"""
