"""A release in a database that many read: PostgreSQL, every reader with the rows of his own area."""
