"""The ``crop`` stage."""
