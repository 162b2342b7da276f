"""What knows Airflow: nights without a scheduler, and who is told."""
