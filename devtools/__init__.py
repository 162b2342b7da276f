"""What developers run: it knows the project from outside and is no part of a night."""
