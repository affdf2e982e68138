"""The REST API: FastAPI's only home."""
