"""The kinds of contracts, a module each by the name of its kind: its ``SHAPE`` finds the layout, reads it and traces a cell."""
