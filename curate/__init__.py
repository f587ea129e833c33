"""Build and score benchmarks for visual defect detection from the frames of a factory's line cameras.

Every command of the ``curate`` program is also a plain function in the room of the same name:
``curate.importing``, ``curate.crop``, ``curate.label``, ``curate.mask``, ``curate.split``, ``curate.export``,
``curate.validate`` and ``curate.evaluate``. Importing :mod:`curate` itself loads none of them.
"""

__version__ = "1.0.0rc1"
