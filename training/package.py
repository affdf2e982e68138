"""The trained detector as a model of MLflow: with its signature, it can be loaded and served by anything that knows it.

model = mlflow.pyfunc.load_model("models:/aiditor-highlight@champion")
model.predict(pandas.DataFrame({"video": ["ranked.mp4"]}))
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.pyfunc import PythonModel
from mlflow.types import ColSpec, Schema

from aiditor.detect import DetectConfig, detect
from aiditor.media.probe import probe
from aiditor.timeline import Source

__all__ = ["SIGNATURE", "HighlightModel", "log_model"]

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec("string", "video")]),
    outputs=Schema(
        [
            ColSpec("string", "video"),
            ColSpec("string", "kind"),
            ColSpec("double", "t_s"),
            ColSpec("double", "confidence"),
            ColSpec("string", "evidence"),
        ]
    ),
)
_COLUMNS = [column.name for column in SIGNATURE.outputs.inputs]


class HighlightModel(PythonModel):
    """Paths of recordings in, one row an event out."""

    def load_context(self, context: Any) -> None:
        self._weights = str(context.artifacts["weights"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Each recording through the whole detector. Raises UnreadableMedia naming the file."""
        cfg = DetectConfig(detectors=("net",), model=self._weights)
        rows = []
        for path in map(Path, model_input["video"]):
            signals = detect(Source(id=path.name, path=str(path.resolve()), info=probe(path)), cfg)
            for event in signals.events:
                why = "; ".join(f"{each.origin}: {each.says}" for each in event.evidence)
                rows.append((str(path), event.kind, event.t_s, event.confidence, why))
        return pd.DataFrame(rows, columns=_COLUMNS)


def log_model(weights: Path, *, registered_as: str | None = None) -> ModelInfo:
    """Keep the weights in the active run as a model, and in the registry where a name is given."""
    return mlflow.pyfunc.log_model(
        name="highlight",
        python_model=HighlightModel(),
        artifacts={"weights": str(weights)},
        signature=SIGNATURE,
        input_example=pd.DataFrame({"video": ["ranked.mp4"]}),
        pip_requirements=["aiditor"],
        registered_model_name=registered_as,
    )
