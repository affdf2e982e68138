"""AIditor: raw game clips in, a montage worth posting out.

The package does the work; the studio, the command line and the notebooks are faces over it.
`import aiditor` loads no torch, av or gradio: import what you need from the stage you need.
"""

__version__ = "0.1.0"
