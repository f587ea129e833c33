"""The ``convert`` room: a published dataset from one layout to another."""
