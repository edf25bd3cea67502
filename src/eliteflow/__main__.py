"""`python -m eliteflow`."""

from eliteflow.cli import main

if __name__ == "__main__":
    main()
