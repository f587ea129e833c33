"""The ``label`` stage."""
