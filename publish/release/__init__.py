"""A release: audited, hashed, signed, switched in one step, compared."""
