"""Write annotations in other tools' formats: one small pure writer a format."""
