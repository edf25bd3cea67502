"""What is told to people who do not watch."""
