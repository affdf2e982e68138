"""Every deployment switch, read from the environment or `.env`. The names are a contract."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]

SECRET_CHARS = 32
"""RFC 7518 3.2 asks for a key at least as long as the hash that signs: 32 bytes."""


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

    aiditor_auth: Literal["none", "password", "huggingface"] = Field(
        "none", description="Who may use the studio: whoever sits at this machine, or those who sign in."
    )
    aiditor_open: bool = Field(
        False, description="With AIDITOR_AUTH=none, serve other machines too: everybody there is the one local user."
    )
    secret_key: SecretStr = Field(
        "", validate_default=True, description="Signs sessions and links, 32 characters or more; empty to make one."
    )
    public_url: str = Field("", description="Where browsers reach the studio, like https://studio.example.com.")
    space_host: str = Field("", description="Set by a Space: its own host, which then is the public address.")
    cookie_samesite: Literal["lax", "strict", "none"] = Field(
        "lax", description="SameSite of the session's cookie; none lets the page work inside another site's frame."
    )
    admin_emails: str = Field(
        "", description="E-mails that become admins once confirmed, with commas; with Hugging Face, user names."
    )
    registration: Literal["open", "confirmed", "closed"] = Field(
        "open", description="Who may make an account: anybody, those whose mail is confirmed, or nobody."
    )
    smtp_host: str = Field("", description="The mail server; without one, links are written to the log for the admin.")
    smtp_port: int = Field(587, ge=1, le=65535, description="The mail server's port.")
    smtp_user: str = Field("", description="Who signs in at the mail server; empty for nobody.")
    smtp_password: SecretStr = Field("", validate_default=True, description="The password of SMTP_USER.")
    smtp_from: str = Field("", description="The address that mails come from.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to the mail server is encrypted."
    )
    oauth_client_id: str = Field("", description="Of the OAuth app; a Space with hf_oauth sets it.")
    oauth_client_secret: SecretStr = Field(
        "", validate_default=True, description="Of the OAuth app; a Space with hf_oauth sets it."
    )
    oauth_scopes: str = Field("openid profile", description="What is asked of the person who signs in.")
    openid_provider_url: str = Field("https://huggingface.co", description="Who vouches for people.")

    workers: int = Field(
        0, ge=0, le=256, description="Processes that work on jobs; 0 for as many as cores and memory bear."
    )
    job_lease_s: float = Field(
        20.0, ge=1, le=600, description="How long a worker may be silent, in seconds, before its job goes to another."
    )
    job_retry_s: float = Field(
        2.0, ge=0, le=600, description="First wait, in seconds, before a job that may pass is tried again; it doubles."
    )
    job_tasks: str = Field(
        "aiditor.studio.tasks", description="The modules, with commas between, that say how each kind of job is done."
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

    @model_validator(mode="after")
    def _signing_in(self) -> Settings:
        if 0 < len(self.secret_key.get_secret_value()) < SECRET_CHARS:
            raise ValueError(f"SECRET_KEY is too short: make one of {SECRET_CHARS} random characters or more")
        parts = urlsplit(self.public_url)
        if self.public_url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
            raise ValueError(f"PUBLIC_URL is {self.public_url!r}, which is no address like https://studio.example.com")
        if self.cookie_samesite == "none" and not self.https:
            raise ValueError("COOKIE_SAMESITE=none needs a PUBLIC_URL that starts with https://: browsers insist")
        if self.aiditor_auth == "huggingface" and not (self.oauth_client_id and self.oauth_client_secret):
            raise ValueError("AIDITOR_AUTH=huggingface needs OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET")
        if self.registration == "confirmed" and not self.smtp_host:
            raise ValueError("REGISTRATION=confirmed needs a mail server: set SMTP_HOST and SMTP_FROM")
        return self

    @property
    def one_user(self) -> bool:
        """Whether nobody signs in, and everybody is the one local user."""
        return self.aiditor_auth == "none"

    @property
    def page_url(self) -> str:
        """Where browsers reach the studio, without a slash at the end; empty where nobody said."""
        if self.public_url or not self.space_host:
            return self.public_url.rstrip("/")
        return "https://" + self.space_host.split(",")[0].strip()

    @property
    def https(self) -> bool:
        """Whether browsers come by https, so that cookies are marked Secure."""
        return self.page_url.startswith("https://")

    @property
    def admins(self) -> frozenset[str]:
        """`admin_emails`, one by one and in lower case."""
        return frozenset(name.strip().lower() for name in self.admin_emails.split(",") if name.strip())

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
    def jobs_dir(self) -> Path:
        """Where workers keep a job's stages until it ends, a folder each."""
        return self.aiditor_home / "jobs"

    @property
    def montage_dir(self) -> Path:
        """Where the studio keeps finished montages, a folder each."""
        return self.aiditor_home / "montages"
