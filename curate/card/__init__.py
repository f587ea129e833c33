"""Describe a dataset: what it holds, what it is fit for, and what it says to machines."""
