"""The ``submission`` room: check submissions, pack them, and make them from what detectors leave behind."""
