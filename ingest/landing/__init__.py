"""From the landing folder to bronze: find, archive, parse and commit."""
