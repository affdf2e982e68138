"""The studio's entry, here and on a Hugging Face Space: settings -> services -> page."""

from aiditor.memory import bound_heaps
from aiditor.settings import Settings
from aiditor.ui import Studio, build, launch_options

bound_heaps()
settings = Settings()
studio = Studio(settings)
demo = build(studio)

if __name__ == "__main__":
    demo.launch(**launch_options(settings))
    studio.close()
