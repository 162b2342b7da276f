"""Value added by the tests of a county: what schools added to where their pupils stood."""
