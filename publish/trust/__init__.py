"""Whether and why a figure can be believed: verify, explain, sign off."""
