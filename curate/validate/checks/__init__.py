"""The checks: each a pure function from a category's table to findings, one module a subject."""
