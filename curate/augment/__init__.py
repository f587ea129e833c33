"""The ``augment`` stage: seeded copies of a split, for studies of robustness."""
