"""Every deployment switch, read from the environment or `.env`. The names are a contract."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
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

    use_object_storage: bool = Field(False, description="Keep files in S3 or what speaks it; off, in the data folder.")
    s3_bucket: str = Field("", description="The bucket that holds the files.")
    s3_region: str = Field("us-east-1", description="The bucket's region.")
    s3_endpoint_url: str = Field("", description="Where S3 answers; empty for Amazon's own.")
    s3_public_endpoint_url: str = Field(
        "", description="Where browsers reach it, when that is elsewhere: download links point there."
    )
    s3_access_key_id: str = Field("", description="Who AIditor is to S3.")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="The secret that belongs to it.")
    s3_cache_bytes: int = Field(
        20 * 1024**3, ge=0, description="How much of what was fetched from S3 stays on this machine's disk."
    )
    max_upload_bytes: int = Field(8 * 1024**3, ge=1, description="The largest file that may be uploaded.")
    upload_hours: int = Field(24, ge=1, description="How long an upload that is broken off can be gone on with.")
    storage_quota_bytes: int = Field(
        50 * 1024**3, ge=0, description="What a user's clips and montages may take together; 0 is no limit."
    )
    retention_days_sources: int = Field(
        30, ge=0, description="Days after which uploaded clips are deleted, montages stay; 0 keeps them."
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
    def upload_dir(self) -> Path:
        """Where files lie while they arrive."""
        return self.aiditor_home / "uploads"

    @property
    def montage_dir(self) -> Path:
        """Where the studio keeps finished montages, a folder each."""
        return self.aiditor_home / "montages"
