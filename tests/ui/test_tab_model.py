"""The Model tab says what the model's card, the lake and MLflow's database say."""

import sqlite3

import pytest

from aiditor.detect.net.package import Card
from aiditor.errors import AIditorError
from aiditor.models.registry_reader import champion_version, runs
from aiditor.settings import Settings
from aiditor.store.labels import Label
from aiditor.ui.tab_model import HELD_BACK, LEAST, Champion, champion, champion_view, labels_view, runs_view


def label(n: int, says: str = "kill") -> Label:
    return Label(f"clip{n % 2}", "x.mp4", float(n), n, n + 1, says)


class TestChampion:
    def test_the_shipped_one_has_figures_data_and_limits(self, tmp_path):
        found = champion(Settings(_env_file=None, aiditor_home=tmp_path, use_highlight_model=True))
        text = champion_view(found)
        assert found.card.version in text
        assert "kill AP, with picture (validation)" in text
        assert "Freedoom" in text
        assert text.count("<li>") >= 3
        assert "](" not in text

    def test_another_tells_its_own_data_and_number(self):
        text = champion_view(Champion(Card(version="v<2", trained_on="3 films", metrics={}), "promoted", "7"))
        assert all(said in text for said in ("v&lt;2, version 7 in the registry", "3 films"))
        assert "Freedoom" not in text

    def test_switched_off(self):
        assert champion(Settings(_env_file=None, use_highlight_model=False)) is None
        assert "switched off" in champion_view(None)


class TestLabels:
    @pytest.mark.slow  # torch and what training needs are imported
    def test_what_learning_would_do_is_what_it_does(self):
        from training.finetune import FinetuneConfig

        cfg = FinetuneConfig()
        assert (cfg.least, cfg.held_back) == (LEAST, HELD_BACK)
        text = labels_view([label(n) for n in range(10)], start=False)
        assert "10 labels on 2 clips" in text
        assert f"7 of them and holds {len(range(0, 10, cfg.held_back))} back" in text
        assert "python -m training.finetune --labels" in text

    def test_too_few_and_none(self):
        assert "label 6 more" in labels_view([label(1), label(2, "drop")], start=True)
        assert "training.finetune" not in labels_view([label(1)], start=True)
        assert "No labels yet" in labels_view([], start=False)


class TestRuns:
    def test_without_a_database_there_are_none(self, tmp_path):
        assert runs(tmp_path / "mlflow.db") == ()
        assert champion_version(tmp_path / "mlflow.db") == ""
        assert "No runs here" in runs_view(())

    def test_another_database_says_so(self, tmp_path):
        path = tmp_path / "mlflow.db"
        sqlite3.connect(path).close()
        path.write_bytes(b"no database at all" * 100)
        with pytest.raises(AIditorError, match=r"mlflow\.db cannot be read"):
            runs(path)

    @pytest.mark.slow
    def test_mlflow_itself_is_read(self, tmp_path):
        from mlflow import MlflowClient

        path = tmp_path / "it's 100% mlflow?.db"
        client = MlflowClient(f"sqlite:///{tmp_path / 'm.db'}")
        experiment = client.create_experiment("highlights")
        first = client.create_run(experiment, start_time=1_000_000, run_name="base<b>")
        client.log_metric(first.info.run_id, "val/kill_ap_looked", 0.1)
        client.log_metric(first.info.run_id, "val_kill_ap_looked", 0.75)
        client.set_terminated(first.info.run_id)
        second = client.create_run(experiment, start_time=2_000_000, run_name="next")
        gone = client.create_run(experiment, run_name="gone")
        client.delete_run(gone.info.run_id)
        client.create_registered_model("aiditor-highlight")
        client.create_model_version("aiditor-highlight", str(tmp_path), first.info.run_id)
        client.set_registered_model_alias("aiditor-highlight", "champion", "1")
        (tmp_path / "m.db").rename(path)
        newest, oldest = runs(path)
        assert (newest.run_id, newest.name, newest.status, newest.kill_ap) == (
            second.info.run_id,
            "next",
            "RUNNING",
            None,
        )
        assert (oldest.name, oldest.status, oldest.kill_ap) == ("base<b>", "FINISHED", 0.75)
        assert oldest.link == f"#/experiments/{experiment}/runs/{first.info.run_id}"
        assert champion_version(path) == "1"
        text = runs_view((newest, oldest))
        assert "base&lt;b&gt;" in text
        assert "0.750" in text
