"""What each command of the program does; `cli.py` puts them together."""
