"""Annotation formats: one home each."""
