"""The studio's entry, here and on a Hugging Face Space: settings -> services -> API and page."""

from aiditor.memory import bound_heaps
from aiditor.settings import Settings
from aiditor.ui.serve import serve, served

bound_heaps()
settings = Settings()
app = served(settings)

if __name__ == "__main__":
    serve(app, settings)
