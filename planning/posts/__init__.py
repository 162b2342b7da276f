"""Teachers: which posts a school has to spare or lacks, and who could move where."""
