"""Files in S3, or in what speaks it (MinIO, R2, Ceph).

The SHA-256 of each file travels with it, as metadata, and each part of an upload is checked by the server against its
own. What is fetched for work on this machine is checked against the whole file's, and stays here for a while.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import SecretStr

from aiditor.errors import AIditorError, BadConfig, BadInput, NotFound
from aiditor.settings import Settings
from aiditor.store.files import PIECE, Stored, media_type_of, missing, sha256_of, span, trouble
from aiditor.store.files_fetched import Fetched
from aiditor.store.files_names import checked_key, checked_prefix, safe_name

__all__ = ["S3Files"]

PART_BYTES = 16 * 1024**2
TRANSFER = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4)
"""At most about 100 MiB of memory for each file on its way."""
WEEK_S = 7 * 24 * 3600
"""S3 signs for no longer."""
DELETED_AT_ONCE = 1000
GONE = frozenset({"404", "NoSuchKey", "NotFound"})
REFUSED = frozenset(
    {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"}
)
CHECK = "look at S3_ENDPOINT_URL, S3_BUCKET and the S3 keys"


class S3Files:
    """`Files` in a bucket. Connects with the first question; safe to use from many threads and processes."""

    def __init__(
        self,
        bucket: str,
        fetched: Fetched,
        *,
        key_id: str,
        secret: SecretStr,
        region: str = "us-east-1",
        endpoint_url: str = "",
        public_url: str = "",
    ) -> None:
        self.bucket, self.fetched = bucket, fetched
        session = boto3.session.Session(key_id, secret.get_secret_value(), region_name=region)

        def client(url: str) -> Any:
            config = Config(
                signature_version="s3v4",
                connect_timeout=10,
                read_timeout=60,
                retries={"mode": "standard", "max_attempts": 4},
                s3={"addressing_style": "path" if url else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
            return session.client("s3", endpoint_url=url or None, config=config)

        self._s3 = client(endpoint_url)
        self._signing = client(public_url) if public_url else self._s3

    @classmethod
    def of(cls, settings: Settings) -> S3Files:
        """The bucket of this deployment. Raises BadConfig, which names what is not set."""
        secret = settings.s3_secret_access_key
        given = {
            "S3_BUCKET": settings.s3_bucket,
            "S3_ACCESS_KEY_ID": settings.s3_access_key_id,
            "S3_SECRET_ACCESS_KEY": secret.get_secret_value(),
        }
        absent = [name for name, value in given.items() if not value]
        if absent:
            raise BadConfig("USE_OBJECT_STORAGE=1 does not say where", remedy=f"set {', '.join(absent)}")
        for name in ("s3_endpoint_url", "s3_public_endpoint_url"):
            if (url := getattr(settings, name)) and not url.startswith(("http://", "https://")):
                raise BadConfig(f"{name.upper()} {url!r} is no address", remedy="write it as https://host:port")
        return cls(
            settings.s3_bucket,
            Fetched(settings.aiditor_home / "fetched", max_bytes=settings.s3_cache_bytes),
            key_id=settings.s3_access_key_id,
            secret=secret,
            region=settings.s3_region,
            endpoint_url=settings.s3_endpoint_url,
            public_url=settings.s3_public_endpoint_url,
        )

    def put(self, key: str, path: Path, *, media_type: str = "", move: bool = False) -> Stored:
        name = checked_key(key).rpartition("/")[2]
        kind = media_type or media_type_of(key)
        try:
            if not path.is_file():
                raise BadInput(f"{path.name} is no file", remedy="give a file that is there", file=path)
            before = path.stat()
            sha256 = sha256_of(path)
            extra = {"ContentType": kind, "Metadata": {"sha256": sha256}, "ChecksumAlgorithm": "SHA256"}
            with _named(name):
                self._s3.upload_file(str(path), self.bucket, key, ExtraArgs=extra, Config=TRANSFER)
            after = path.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                self.delete(key)
                raise BadInput(f"{name} changed while it was read", remedy="wait until it is written, and try again")
            stored = self.stat(key)
            if stored is None or stored.bytes != before.st_size:
                self.delete(key)
                raise AIditorError(f"{name} did not arrive whole in the file storage", remedy="try again")
            if move:
                self.fetched.keep(path, sha256)  # likely to be worked on next
        except OSError as error:
            raise trouble(error, name) from error
        return stored

    def stat(self, key: str) -> Stored | None:
        checked_key(key)
        try:
            with _named(key):
                head = self._s3.head_object(Bucket=self.bucket, Key=key)
        except NotFound:
            return None
        sha256 = head.get("Metadata", {}).get("sha256", "")
        return Stored(key, head["ContentLength"], sha256, head["ContentType"], head["LastModified"].astimezone(UTC))

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        stored = self._there(key)
        first, last = span(stored, start, end)
        return self._pieces(key, first, last)

    def _pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        if start == end:
            return
        with _named(key):
            got = self._s3.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}")
            with contextlib.closing(got["Body"]) as body:
                yield from body.iter_chunks(PIECE)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        stored = self._there(key)
        if not stored.sha256:
            why = f"{key} was not put into the bucket by AIditor: it has no checksum"
            raise AIditorError(why, remedy="delete it, and upload it again", file=key)
        with self.fetched.held(stored.sha256, lambda path: self._fetch(key, path)) as path:
            yield path

    def _fetch(self, key: str, path: Path) -> None:
        with _named(key):
            self._s3.download_file(self.bucket, key, str(path), Config=TRANSFER)

    def url(self, key: str, *, expires_s: int, name: str) -> str | None:
        stored, plain = self._there(key), safe_name(name)
        shown = plain.encode("ascii", "replace").decode().replace("?", "_")
        wanted = {
            "Bucket": self.bucket,
            "Key": key,
            "ResponseContentDisposition": f"attachment; filename=\"{shown}\"; filename*=UTF-8''{quote(plain)}",
            "ResponseContentType": stored.media_type,
        }
        return self._signing.generate_presigned_url("get_object", wanted, ExpiresIn=min(expires_s, WEEK_S))

    def keys(self, prefix: str = "") -> Iterator[str]:
        return self._keys(checked_prefix(prefix))

    def _keys(self, prefix: str) -> Iterator[str]:
        with _named(prefix):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                yield from (found["Key"] for found in page.get("Contents", []))

    def delete(self, key: str) -> None:
        with _named(checked_key(key)):
            self._s3.delete_object(Bucket=self.bucket, Key=key)

    def delete_all(self, prefix: str) -> int:
        if not prefix:
            raise BadInput("all files at once are never deleted", remedy="name a folder")
        keys = list(self.keys(prefix))
        for at in range(0, len(keys), DELETED_AT_ONCE):
            some = [{"Key": key} for key in keys[at : at + DELETED_AT_ONCE]]
            with _named(prefix):
                done = self._s3.delete_objects(Bucket=self.bucket, Delete={"Objects": some, "Quiet": True})
            if failed := done.get("Errors"):
                why = f"{len(failed)} files could not be deleted ({failed[0].get('Code')})"
                raise AIditorError(why, remedy="try again, or look at the rights of the S3 keys")
        self._abort(checked_prefix(prefix), datetime.now(UTC))
        return len(keys)

    def sweep(self, before: datetime) -> int:
        return self._abort("", before) + self.fetched.sweep(before)

    def _abort(self, prefix: str, before: datetime) -> int:
        """Uploads in parts that were broken off; their parts cost room until then."""
        aborted = 0
        with _named(prefix):
            pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for upload in page.get("Uploads", []):
                    if upload["Initiated"] < before:
                        self._s3.abort_multipart_upload(
                            Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        aborted += 1
        return aborted

    def ping(self) -> None:
        try:
            with _named(self.bucket):
                self._s3.head_bucket(Bucket=self.bucket)
        except NotFound as error:
            raise BadConfig(f"there is no bucket {self.bucket}", remedy="make it, or set S3_BUCKET") from error

    def _there(self, key: str) -> Stored:
        stored = self.stat(key)
        if stored is None:
            raise missing(key)
        return stored


@contextmanager
def _named(what: str) -> Iterator[None]:
    """What S3 says, as errors that tell what to do; NotFound where there is nothing."""
    try:
        yield
    except (ClientError, S3UploadFailedError) as error:
        raise _told(error if isinstance(error, ClientError) else error.__context__, what) from error
    except BotoCoreError as error:
        said = str(error).splitlines()[0]
        raise AIditorError(f"the file storage does not answer ({said})", remedy=CHECK) from error


def _told(error: BaseException | None, what: str) -> AIditorError:
    code = str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else str(error)
    if code in GONE:
        return missing(what)
    if code == "NoSuchBucket":
        return BadConfig("there is no such bucket", remedy="make it, or set S3_BUCKET")
    if code in REFUSED:
        return BadConfig(f"the file storage refuses AIditor's keys ({code})", remedy=CHECK)
    return AIditorError(f"the file storage failed ({code})", remedy="try again in a moment")
