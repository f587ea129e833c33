"""Third-party layouts: rows of data (:mod:`.table`), one reader of patterns, small functions where rows end."""
