"""Rule catalogue, gate and validation of submissions; never imports the scheduler."""
