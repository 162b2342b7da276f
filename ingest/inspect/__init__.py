"""Files looked at without a home: what they would be read as, a contract drafted, an original read again."""
