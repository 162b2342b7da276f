"""Readers: bytes to sheets of raw cells. What a cell means is none of their business."""
