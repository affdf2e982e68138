"""S3 on loopback: moto's server, which speaks the real protocol, for as long as a block."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from aiditor.settings import Settings

KEY_ID, SECRET = "tests", "not-a-secret"


@contextmanager
def running() -> Iterator[str]:
    """Its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


def client(url: str):
    return boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET
    )


def settings(url: str, home: Path) -> Settings:
    """Of a deployment that keeps its files in a bucket of its own there."""
    bucket = f"test-{secrets.token_hex(6)}"
    client(url).create_bucket(Bucket=bucket)
    return Settings(
        _env_file=None,
        aiditor_home=home,
        use_object_storage=True,
        s3_bucket=bucket,
        s3_endpoint_url=url,
        s3_access_key_id=KEY_ID,
        s3_secret_access_key=SECRET,
    )
