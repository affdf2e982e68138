"""Every deployment switch, read from the environment or `.env`. The names are a contract."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """`Settings()` reads the environment each time; pass it down, keep no global."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    aiditor_home: Path = Field(Path("data"), description="The data folder: caches, uploads and finished montages.")
    use_highlight_model: bool = Field(
        True, description="Find moments with the trained model; off, with the untrained signals alone."
    )
    player_name: str = Field(
        "", max_length=60, description="Your name as the game shows it; empty to find it out from the kill feed."
    )
    game: str = Field("generic", description="The game whose text is read: a name in configs/games.")
    whisper_model: str = Field(
        "whisper-small", description="The speech model: a name of `aiditor models list`, or a folder of your own."
    )
    watermark_text: str = Field(
        "Aiditor Free", max_length=60, description="The text drawn in a corner of free montages; empty draws none."
    )
    freemium_max_duration: int = Field(
        60, ge=5, description="Longest montage, in seconds, that a free user of the studio may make."
    )

    use_postgres: bool = Field(False, description="Keep the tables in PostgreSQL at DATABASE_URL; off, in SQLite.")
    database_url: str = Field(
        "", description="The database; with USE_POSTGRES=1 like postgresql://user:secret@host/aiditor."
    )

    @property
    def database(self) -> str:
        """The database's URL: SQLite in the data folder unless another is named."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.aiditor_home / 'aiditor.db').resolve()}"

    @model_validator(mode="after")
    def _named(self) -> Settings:
        if self.use_postgres and not self.database_url.startswith("postgresql"):
            raise ValueError("USE_POSTGRES=1 needs DATABASE_URL=postgresql://user:secret@host/database")
        return self

    @property
    def cache_dir(self) -> Path:
        """Where stage outputs are kept between runs."""
        return self.aiditor_home / "cache"

    @property
    def model_dir(self) -> Path:
        """Where promoted models are kept; without one, what AIditor ships is used."""
        return self.aiditor_home / "models"

    @property
    def montage_dir(self) -> Path:
        """Where the studio keeps finished montages, a folder each."""
        return self.aiditor_home / "montages"
