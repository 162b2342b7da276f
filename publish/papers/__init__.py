"""Papers of a release: what a bureau hands in, signs or lays on a table."""
