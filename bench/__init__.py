"""Side by side against other tools, on this machine: `python -m bench`, written to bench/RESULTS.md."""
