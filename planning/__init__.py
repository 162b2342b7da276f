"""What it would take: measures tried on a copy of the models, and the least that makes a county pass. Nothing is published."""
