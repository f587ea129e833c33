"""Polygons, ellipses, boxes and affine maps; the pixel rule; the one place where (x, y) becomes (row, col)."""
