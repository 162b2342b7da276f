"""Ingest: exports in, typed rows of bronze out. Never imports Airflow."""
