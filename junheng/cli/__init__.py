"""The commands; each module bears the name of its command."""
