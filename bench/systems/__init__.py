"""One module a system, each run in a process of its own by bench.worker."""
