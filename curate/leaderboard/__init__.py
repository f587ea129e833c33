"""A page for hosts: many results of one dataset, ranked, verified, and each with its curves and settings."""
