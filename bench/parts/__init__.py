"""What can be measured, one subject a file. Each has run_part(quick), which answers a list of tables."""
