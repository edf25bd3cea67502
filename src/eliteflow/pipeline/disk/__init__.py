"""The disk cache, L2: one file of SQLite, the thread that writes it, and what is read back from it."""
