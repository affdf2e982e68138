"""The studio's entry, here and on a Hugging Face Space: settings -> services -> API and page."""

from aiditor.memory import bound_heaps
from aiditor.ui.serve import serve, served, settings_here

bound_heaps()
settings = settings_here()
app = served(settings)

if __name__ == "__main__":
    serve(app, settings)
