"""Other names for defects, series and categories."""
