"""What the program does for the people who run it: progress, tables, files, benchmarks."""
