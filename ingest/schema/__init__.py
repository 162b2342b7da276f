"""What is expected: contracts, sources, area systems and code lists."""
