"""What goes into a build: facts of the nights, corrections, kept events, the dbt process."""
