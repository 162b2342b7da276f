"""The commands; each module bears the name of its command, and so does its page below ``docs/runbooks``."""
