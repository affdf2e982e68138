"""PyAV's only home: what a file holds (probe), its sound and pictures (read), and new files (write)."""
