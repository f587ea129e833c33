"""``curate study``: one file that says which methods run on which datasets, and everything that follows from it.

``plan`` reads the file and expands it into cells; ``run`` brings each cell up to date, on this machine or on a cluster,
and sums them up in tables and a report.
"""
