"""The published tables: named, read, hashed and described."""
