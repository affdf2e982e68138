"""One contract over SQLite and PostgreSQL: the tables come and go, rows come back as given, writers wait their turn."""

import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, func, select

from aiditor.errors import AIditorError, BadConfig, BadInput
from aiditor.settings import Settings
from aiditor.store import db as databases
from aiditor.store.db import Database
from aiditor.store.tables import Clip, DiscoveredClip, Job, Project, Render, User, UserAuth

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def add(database: Database, *rows: SQLModel) -> None:
    """One after the other, since they refer to each other."""
    with database.write() as session:
        for row in rows:
            session.add(row)
            session.flush()


class TestMigrations:
    def test_up_down_and_up_again(self, database_url):
        with Database(database_url) as database:
            database.migrate()
            add(database, User(name="Ada"))
            database.migrate("base")
            assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
            database.migrate()
            with database.read() as session:
                assert session.exec(select(User)).all() == []

    def test_make_the_tables_of_the_models(self, database):
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []

    def test_again_change_nothing(self, database):
        add(database, User(name="Ada"))
        database.migrate()
        with database.read() as session:
            assert [user.name for user in session.exec(select(User)).all()] == ["Ada"]

    def test_from_processes_that_start_at_once(self, database_url):
        code = "import sys; from aiditor.store.db import Database; Database(sys.argv[1]).migrate()"
        starting = [subprocess.Popen([sys.executable, "-c", code, database_url]) for _ in range(3)]
        assert [process.wait(timeout=120) for process in starting] == [0, 0, 0]
        with Database(database_url) as database:
            add(database, User(name="Ada"))

    def test_that_make_a_table_anew_keep_what_refers_to_it(self, database, tmp_path, monkeypatch):
        """SQLite changes a column by dropping the table; rows that go with their user must survive that."""
        user = User(name="Ada")
        add(database, user, Project(user_id=user.id, name="mine"))
        later(tmp_path / "migrations", 'batch.alter_column("name", type_=sa.String(400))')
        monkeypatch.setattr(databases, "MIGRATIONS", tmp_path / "migrations")
        database.migrate()
        with database.read() as session:
            assert [project.name for project in session.exec(select(Project)).all()] == ["mine"]
            assert session.exec(text("SELECT version_num FROM alembic_version")).scalar_one() == "0002"
        with pytest.raises(IntegrityError):  # and rules hold again afterwards
            add(database, Project(user_id="nobody", name="stray"))

    def test_that_fail_change_nothing(self, database, tmp_path, monkeypatch):
        later(tmp_path / "migrations", 'batch.add_column(sa.Column("extra", sa.Integer())); batch.drop_column("no")')
        monkeypatch.setattr(databases, "MIGRATIONS", tmp_path / "migrations")
        with pytest.raises(Exception, match="no"):
            database.migrate()
        assert "extra" not in {column["name"] for column in inspect(database.engine).get_columns("user")}

    def test_of_a_newer_program_are_named(self, database):
        with database.write() as session:
            session.exec(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(AIditorError, match=r"newer.*9999.*: .*update AIditor"):
            database.migrate()


def later(folder: Path, change: str) -> None:
    """The migrations, and one more that changes the table of users."""
    for file in databases.MIGRATIONS.rglob("*"):
        if file.suffix in (".py", ".mako"):
            copy = folder / file.relative_to(databases.MIGRATIONS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    last = sorted(file.name[:4] for file in (folder / "versions").glob("0*.py"))[-1]
    (folder / "versions" / "later.py").write_text(
        textwrap.dedent(f"""\
        import sqlalchemy as sa
        from alembic import op
        revision, down_revision, branch_labels, depends_on = "{int(last) + 1:04}", "{last}", None, None
        def upgrade():
            with op.batch_alter_table("user", recreate="auto") as batch:
                {change}
        """)
    )


class TestRows:
    def test_come_back_as_given(self, database):
        user = User(name="Zoë 🎮", created_at=NOON)
        job = Job(user_id=user.id, kind="make", request={"styles": ["hype"], "n": 1.5, "none": None}, timing={"a": 0.1})
        clip_bytes = 5 * 1024**4
        project = Project(user_id=user.id)
        clip = Clip(user_id=user.id, project_id=project.id, name="a.mp4", bytes=clip_bytes, warnings=["quiet"])
        add(database, user, job, project, clip)
        with database.read() as session:
            assert session.get(User, user.id) == user
            assert session.get(Job, job.id) == job
            assert session.get(Clip, clip.id) == clip

    def test_stay_usable_after_the_block(self, database):
        user = User(name="Ada")
        add(database, user)
        assert (user.name, len(user.id)) == ("Ada", 32)

    def test_are_all_kept_or_none(self, database):
        user = User(name="Ada")
        with pytest.raises(IntegrityError):
            add(database, user, Project(user_id="nobody"))
        with database.read() as session:
            assert session.exec(select(func.count()).select_from(User)).one() == 0

    def test_of_a_read_are_not_kept(self, database):
        with database.read() as session:
            session.add(User(name="Ada"))
            session.flush()
        with database.read() as session:
            assert session.exec(select(User)).all() == []

    def test_that_are_there_already_are_refused(self, database):
        user = User(name="Ada")
        add(database, user, UserAuth(user_id=user.id, provider="password", subject="a@example.org"))
        with pytest.raises(IntegrityError):
            add(database, UserAuth(user_id=user.id, provider="password", subject="a@example.org"))

    def test_a_key_that_is_not_given_is_no_key(self, database):
        user = User(name="Ada")
        add(database, user, *(Job(user_id=user.id, kind="make") for _ in range(2)))
        with pytest.raises(IntegrityError):
            add(database, *(Job(user_id=user.id, kind="make", idempotency_key="k") for _ in range(2)))

    def test_text_that_cannot_be_kept_is_bad_input(self, postgres_url):
        with Database(postgres_url) as database:
            database.migrate()
            for name in ("nul \0", "x" * 201):
                with pytest.raises(BadInput, match="cannot be kept"):
                    add(database, User(name=name))


class TestTimes:
    @pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
    def test_are_utc_whatever_was_given(self, database, zone):
        add(database, User(id="u", name="Ada", created_at=NOON.replace(microsecond=123456).astimezone(zone)))
        with database.read() as session:
            found = session.get(User, "u")
        assert found.created_at == NOON.replace(microsecond=123456)
        assert found.created_at.utcoffset() == timedelta(0)

    def test_compare_in_the_database(self, database):
        east = timezone(timedelta(hours=9))
        add(database, User(name="early", created_at=NOON), User(name="late", created_at=NOON + timedelta(minutes=1)))
        with database.read() as session:
            wanted = select(User.name).where(User.created_at > (NOON + timedelta(seconds=30)).astimezone(east))
            assert session.exec(wanted).all() == ["late"]

    def test_need_a_zone(self, database):
        with pytest.raises(Exception, match="has no zone"):
            add(database, User(name="Ada", created_at=datetime(2026, 5, 1)))


class TestGoing:
    def test_what_belongs_to_a_user_goes_with_the_user(self, database):
        ada, bob = User(name="Ada"), User(name="Bob")
        rows = []
        for user in (ada, bob):
            project, job = Project(user_id=user.id), Job(user_id=user.id, kind="make")
            clip = Clip(user_id=user.id, project_id=project.id, name="a.mp4")
            rows += [user, project, job, clip, Render(user_id=user.id, job_id=job.id, form="poster", file_key="k")]
        add(database, *rows)
        with database.write() as session:
            session.delete(session.get(User, ada.id))
        with database.read() as session:
            for table in (Project, Job, Clip, Render):
                assert [row.user_id for row in session.exec(select(table)).all()] == [bob.id]

    def test_a_fetched_clip_that_goes_leaves_what_was_discovered(self, database):
        user = User(name="Ada")
        project = Project(user_id=user.id)
        clip = Clip(user_id=user.id, project_id=project.id, name="a.mp4")
        found = DiscoveredClip(user_id=user.id, provider="twitch", provider_clip_id="1", clip_id=clip.id)
        add(database, user, project, clip, found)
        with database.write() as session:
            session.delete(session.get(Project, project.id))
        with database.read() as session:
            assert session.exec(select(Clip)).all() == []
            assert session.get(DiscoveredClip, found.id).clip_id is None


COUNT = """
import sys
from sqlmodel import select
from aiditor.store.db import Database
from aiditor.store.tables import Project
database = Database(sys.argv[1])
for _ in range(40):
    with database.write() as session:
        project = session.exec(select(Project).with_for_update()).one()
        project.choices = {"n": project.choices["n"] + 1}
        session.add(project)
"""


class TestAtOnce:
    def test_two_processes_that_write_lose_nothing(self, database, database_url):
        user = User(name="Ada")
        add(database, user, Project(user_id=user.id, choices={"n": 0}))
        writing = [subprocess.Popen([sys.executable, "-c", COUNT, database_url]) for _ in range(2)]
        while any(process.poll() is None for process in writing):
            with database.read() as session:  # a reader never waits, and never sees half
                assert 0 <= session.exec(select(Project)).one().choices["n"] <= 80
        assert [process.returncode for process in writing] == [0, 0]
        with database.read() as session:
            assert session.exec(select(Project)).one().choices["n"] == 80


class TestTrouble:
    def test_ping_is_quiet_when_all_is_well(self, database):
        database.ping()

    def test_a_server_that_is_away_is_named(self):
        with Database("postgresql://ada:hunter2@127.0.0.1:1/none") as database:
            for call in (database.ping, database.migrate):
                with pytest.raises(AIditorError, match="does not answer") as caught:
                    call()
                assert "hunter2" not in str(caught.value)

    def test_a_server_that_goes_away_is_found_again(self, postgres_url):
        with Database(postgres_url) as database:
            database.migrate()
            with database.write() as session:
                session.add(User(name="Ada"))
            with Database(postgres_url) as other, other.write() as session:
                query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                session.exec(text(f"{query} AND datname = current_database()"))
            with database.read() as session:
                assert session.exec(select(User)).one().name == "Ada"

    @pytest.mark.parametrize("url", ["nonsense", "mysql://a:hunter2@b/c", "", "sqlite+nope:///x", "postgresql+x://a/b"])
    def test_what_is_no_database_is_refused_without_its_password(self, url):
        with pytest.raises(BadConfig, match="DATABASE_URL") as caught:
            Database(url)
        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_all_names_of_postgresql_are_understood(self, scheme):
        with Database(f"{scheme}://a:b@c/d") as database:
            assert database.url.drivername == "postgresql+psycopg"

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(BadConfig, match="cannot be made"):
            Database(f"sqlite:///{tmp_path}/file/aiditor.db")

    def test_a_broken_file_is_named(self, tmp_path):
        (tmp_path / "aiditor.db").write_bytes(b"no database at all " * 100)
        with Database(f"sqlite:///{tmp_path}/aiditor.db") as database, pytest.raises(AIditorError, match="not a data"):
            database.migrate()

    def test_settings_lead_to_sqlite_in_the_data_folder(self, tmp_path):
        with Database.of(Settings(aiditor_home=tmp_path / "new", _env_file=None)) as database:
            database.migrate()
            database.ping()
        assert (tmp_path / "new" / "aiditor.db").exists()
