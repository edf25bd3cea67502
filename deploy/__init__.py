"""What it takes to run the program on a server, and the check of its image."""
