#!/usr/bin/env python3
"""Read a table in Hive partitions with pyarrow, and print one JSON line a date.

    read_lake.py PLACE [--endpoint HOST:PORT] --format parquet|csv --id COLUMN

PLACE is a folder, or with --endpoint a bucket whose keys are MINIO_ACCESS_KEY and MINIO_SECRET_KEY of
the environment. A line has {"date", "rows", "ids", "first", "last"}: rows, different values of the
column, and the days (UTC) of the first and the last event.
"""

import argparse
import json
import os
from datetime import UTC, datetime

import pyarrow
import pyarrow.compute as compute
import pyarrow.dataset
import pyarrow.fs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place")
    parser.add_argument("--endpoint")
    parser.add_argument("--format", required=True)
    parser.add_argument("--id", required=True)
    arguments = parser.parse_args()
    filesystem = pyarrow.fs.S3FileSystem(
        endpoint_override=arguments.endpoint, scheme="http", allow_bucket_creation=False,
        access_key=os.environ.get("MINIO_ACCESS_KEY", "minio"),
        secret_key=os.environ.get("MINIO_SECRET_KEY", "minio123"),
    ) if arguments.endpoint else pyarrow.fs.LocalFileSystem()
    lake = pyarrow.dataset.dataset(
        arguments.place, format=arguments.format, partitioning="hive", filesystem=filesystem)
    table = lake.to_table(columns=["date", arguments.id, "event_timestamp"])
    for date in sorted(compute.unique(table["date"]).to_pylist()):
        day = table.filter(compute.equal(table["date"], date))
        times = compute.min_max(day["event_timestamp"]).as_py().values()
        # CSV has Unix seconds.
        times = [time if isinstance(time, datetime) else datetime.fromtimestamp(time, UTC) for time in times]
        print(json.dumps({
            "date": date, "rows": day.num_rows, "ids": compute.count_distinct(day[arguments.id]).as_py(),
            "first": times[0].date().isoformat(), "last": times[1].date().isoformat(),
        }))


main()
