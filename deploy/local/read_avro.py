#!/usr/bin/env python3
"""Read a container file of Avro with fastavro, and print one JSON line a record.

    read_avro.py FILE

What JSON has no type for is text. Exit: 0 all read, 2 wrong use, 3 it is no such file.
"""

import json
import sys

import fastavro

if len(sys.argv) != 2:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
try:
    with open(sys.argv[1], "rb") as file:
        for record in fastavro.reader(file):
            print(json.dumps(record, ensure_ascii=False, default=str))
except (OSError, ValueError, EOFError) as error:
    print(f"read_avro: {error}", file=sys.stderr)
    sys.exit(3)
