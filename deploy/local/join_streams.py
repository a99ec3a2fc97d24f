#!/usr/bin/env python3
"""Join the streams of a model by their foreign keys, with pandas and with DuckDB.

    join_streams.py FOLDER CHILD.FIELD=PARENT.FIELD ...

The records of a stream are the lines of FOLDER/STREAM/*.ndjson. Prints one JSON line a foreign key:
{"key", "pandas": {"joined", "orphans"}, "duckdb": {"joined", "orphans"}}: how many records of the
child have exactly one parent, and how many have none.

Exit: 0 done, whatever was found, 1 something cannot be read, 2 wrong use.
"""

import json
import sys
from pathlib import Path

import duckdb
import pandas


def frames(folder):
    """Every stream as a table of pandas; keys stay what they are, whatever they look like."""
    read = lambda path: pandas.read_json(path, lines=True, dtype=False)
    streams = {place.name: sorted(place.glob("*.ndjson")) for place in folder.iterdir()}
    return {name: pandas.concat(map(read, paths), ignore_index=True) for name, paths in streams.items()}


def by_pandas(tables, child, field, parent, key):
    # `validate` refuses a parent that is there twice.
    joined = tables[child][[field]].merge(
        tables[parent][[key]], left_on=field, right_on=key, how="left", indicator=True, validate="many_to_one"
    )
    both = joined["_merge"] == "both"
    return {"joined": int(both.sum()), "orphans": int((~both).sum())}


def by_duckdb(folder, child, field, parent, key):
    source = lambda stream: f"read_ndjson('{folder}/{stream}/*.ndjson')"
    matches = f"""
        SELECT (SELECT count(*) FROM {source(parent)} AS p WHERE p.{key} = c.{field}) AS found
        FROM {source(child)} AS c
    """
    counted = duckdb.sql(
        f"SELECT count(*) FILTER (found = 1), count(*) FILTER (found = 0) FROM ({matches})"
    )
    return dict(zip(("joined", "orphans"), counted.fetchall()[0]))


def main():
    if len(sys.argv) < 3 or not all("=" in key for key in sys.argv[2:]):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    folder = Path(sys.argv[1])
    tables = frames(folder)
    for key in sys.argv[2:]:
        ends = [end.split(".") for end in key.split("=")]
        (child, field), (parent, target) = ends
        print(json.dumps({
            "key": key,
            "pandas": by_pandas(tables, child, field, parent, target),
            "duckdb": by_duckdb(folder, child, field, parent, target),
        }))


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, duckdb.Error) as error:
        sys.exit(f"join_streams: {error}")
