#!/usr/bin/env python3
"""Read a bucket with a client that is not ours, and print one JSON line an object.

    read_s3.py --endpoint URL --bucket B [--prefix P] [--list]       {"key", "size"}
    read_s3.py --endpoint URL --bucket B [--prefix P] --sha256       {"key", "size", "sha256"}
    read_s3.py --endpoint URL --bucket B --get KEY --out FILE        {"key", "size", "sha256"}
    read_s3.py --endpoint URL --bucket B [--prefix P] --uploads      {"key", "upload_id", "initiated"}

--uploads lists multipart uploads that were begun and neither completed nor aborted. Of
those begun before MinIO's own last start it finds only the one whose key is --prefix.
Objects come in the order of their keys. The keys are MINIO_ACCESS_KEY and
MINIO_SECRET_KEY of the environment (minio, minio123).

Exit: 0 done, 1 the server refused or cannot be reached, 2 wrong use.
"""

import argparse
import hashlib
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PIECE = 1 << 20


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True, metavar="URL", help="http://HOST:PORT, or just HOST:PORT")
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--region", default="us-east-1")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="the default")
    what.add_argument("--sha256", action="store_true")
    what.add_argument("--uploads", action="store_true")
    what.add_argument("--get", metavar="KEY")
    parser.add_argument("--out", metavar="FILE")
    arguments = parser.parse_args()
    if (arguments.get is None) != (arguments.out is None):
        parser.error("--get KEY and --out FILE go together")
    if "://" not in arguments.endpoint:
        # MINIO_ENDPOINT carries no scheme.
        secure = os.environ.get("MINIO_SECURE", "false").lower() == "true"
        arguments.endpoint = f"{'https' if secure else 'http'}://{arguments.endpoint}"
    return arguments


def connect(arguments):
    return boto3.client(
        "s3",
        endpoint_url=arguments.endpoint,
        region_name=arguments.region,
        aws_access_key_id=os.environ.get("MINIO_ACCESS_KEY", "minio"),
        aws_secret_access_key=os.environ.get("MINIO_SECRET_KEY", "minio123"),
        # Path style: a bucket of a local server has no host name of its own.
        config=Config(s3={"addressing_style": "path"}, connect_timeout=5, retries={"max_attempts": 3}),
    )


def show(**fields):
    print(json.dumps(fields, ensure_ascii=False))


def pages(client, operation, bucket, prefix, field):
    for page in client.get_paginator(operation).paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get(field, [])


def open_uploads(client, arguments):
    """MinIO takes the prefix of this listing for a whole key, and lists without a prefix
    only the uploads begun since its own start. Both are asked, and the union is told."""
    found = {}
    for prefix in {"", arguments.prefix}:
        for upload in pages(client, "list_multipart_uploads", arguments.bucket, prefix, "Uploads"):
            if upload["Key"].startswith(arguments.prefix):
                found[upload["Key"], upload["UploadId"]] = upload
    return [found[name] for name in sorted(found)]


def fetch(client, bucket, key, out=None):
    """Size and SHA-256 of an object, piece by piece: it may be larger than memory."""
    digest, size = hashlib.sha256(), 0
    for piece in client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(PIECE):
        digest.update(piece)
        size += len(piece)
        if out is not None:
            out.write(piece)
    return size, digest.hexdigest()


def run(arguments):
    client = connect(arguments)
    if arguments.uploads:
        for upload in open_uploads(client, arguments):
            show(key=upload["Key"], upload_id=upload["UploadId"], initiated=upload["Initiated"].isoformat())
    elif arguments.get is not None:
        with open(arguments.out, "wb") as out:
            size, sha256 = fetch(client, arguments.bucket, arguments.get, out)
        show(key=arguments.get, size=size, sha256=sha256)
    else:
        for entry in pages(client, "list_objects_v2", arguments.bucket, arguments.prefix, "Contents"):
            if arguments.sha256:
                size, sha256 = fetch(client, arguments.bucket, entry["Key"])
                show(key=entry["Key"], size=size, sha256=sha256)
            else:
                show(key=entry["Key"], size=entry["Size"])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        run(parse_arguments())
    except (BotoCoreError, ClientError) as error:
        print(f"read_s3: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
