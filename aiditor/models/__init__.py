"""Weights and the memory they take: where models come from (`hub`), and how several share one device (`pool`)."""
