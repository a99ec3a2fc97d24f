"""Tables as somebody's pipeline may leave them: takes the Parquet file of a run, whose rows are in
the order of their indices, and writes COUNT tables of its rows in any order and of other physical
types, each with some faults of its own; the first has none. Prints a line of JSON a table: its name,
and what should be found.

usage: mangle_tables.py SOURCE COUNT parquet:FOLDER | sqlite:FILE | postgres:URL:PREFIX
"""

import datetime
import decimal
import json
import pathlib
import random
import sqlite3
import sys
import uuid

import pyarrow
import pyarrow.parquet

ID = "transaction_id"


def another(value, rng):
    """A value of the same type that is not this one."""
    if value is None:
        return 1
    if isinstance(value, str):
        return rng.choice([value + "x", value[:-1], value.swapcase() + " "])
    if isinstance(value, decimal.Decimal):
        return value + decimal.Decimal("0.01")
    if isinstance(value, datetime.datetime):
        return value + datetime.timedelta(microseconds=rng.choice([-1, 1, 1000000]))
    return value + 1


def mangle(rows, rng, faults):
    """The same rows with some faults in other rows each, and what these are."""
    expected = {"missing": [], "duplicate": [], "foreign": 0, "changed": {}}
    picked = rng.sample(range(len(rows)), faults)
    left = {}
    extra = []
    for index in picked:
        row = dict(rows[index])
        kind = rng.choice(["remove", "double", "change", "null", "identity", "stranger"])
        left[index] = [row]
        if kind == "remove":
            left[index] = []
            expected["missing"].append(index)
        elif kind == "double":
            left[index].append(dict(row))
            expected["duplicate"].append(index)
        elif kind in ("change", "null"):
            columns = [name for name in row if name not in (ID, "emulation_id")]
            column = rng.choice(columns)
            row[column] = another(row[column], rng) if kind == "change" or row[column] is None else None
            expected["changed"].setdefault(column, []).append(index)
        elif kind == "identity":
            row[ID] = str(uuid.UUID(int=rng.getrandbits(128), version=4))
            expected["missing"].append(index)
            expected["foreign"] += 1
        else:
            extra.append({**row, ID: str(uuid.UUID(int=rng.getrandbits(128), version=4))})
            expected["foreign"] += 1
    all_rows = [copy for index, row in enumerate(rows) for copy in left.get(index, [row])] + extra
    rng.shuffle(all_rows)
    expected["missing"].sort()
    expected["duplicate"].sort()
    for indices in expected["changed"].values():
        indices.sort()
    return all_rows, expected


def to_parquet(folder, rows, schema, rng):
    """One to four files of other types, row groups and codecs."""
    folder.mkdir(parents=True)
    nullable = pyarrow.schema([field.with_nullable(True) for field in schema])
    table = pyarrow.Table.from_pylist(rows, schema=nullable)
    for name, kind in [
        ("timestamp", rng.choice([pyarrow.timestamp("us"), pyarrow.timestamp("ns", tz="UTC")])),
        ("amount", rng.choice([pyarrow.decimal128(12, 4), pyarrow.float64(), pyarrow.string()])),
        ("merchant", rng.choice([pyarrow.large_string(), pyarrow.dictionary(pyarrow.int32(), pyarrow.string())])),
        ("user_id", rng.choice([pyarrow.int32(), pyarrow.uint32(), pyarrow.int64()])),
    ]:
        position = table.schema.get_field_index(name)
        column = table.column(position)
        if pyarrow.types.is_dictionary(kind):
            column = column.dictionary_encode()
        else:
            column = column.cast(kind)
        table = table.set_column(position, name, column)
    files = rng.randint(1, 4)
    for number in range(files):
        part = table.slice(number * len(table) // files, (number + 1) * len(table) // files - number * len(table) // files)
        pyarrow.parquet.write_table(
            part,
            folder / f"part-{number}.parquet",
            compression=rng.choice(["snappy", "zstd", "none"]),
            row_group_size=rng.randint(100, 5000),
            data_page_version=rng.choice(["1.0", "2.0"]),
            use_dictionary=rng.random() < 0.5,
        )


def plain(value):
    """As SQLite keeps it."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def main():
    source, count, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    table = pyarrow.parquet.read_table(source)
    rows = table.to_pylist()
    kind, _, place = target.partition(":")
    names = table.schema.names
    if kind == "sqlite":
        connection = sqlite3.connect(place)
    elif kind == "postgres":
        import psycopg

        place, _, prefix = place.rpartition(":")
        connection = psycopg.connect(place)
    for number in range(count):
        rng = random.Random(number)
        mangled, expected = mangle(rows, rng, 0 if number == 0 else rng.randint(1, 8))
        name = f"t{number:02}"
        if kind == "parquet":
            to_parquet(pathlib.Path(place) / name, mangled, table.schema, rng)
        elif kind == "sqlite":
            connection.execute(f"create table {name} ({', '.join(names)})")
            marks = ", ".join("?" * len(names))
            connection.executemany(
                f"insert into {name} values ({marks})",
                ([plain(row[column]) for column in names] for row in mangled),
            )
            connection.commit()
        else:
            name = prefix + name
            types = {"emulation_id": "uuid", "event_timestamp": "timestamptz", ID: "uuid", "user_id": "int",
                     "amount": "numeric(9,2)", "timestamp": "timestamp", "is_fraud": "smallint"}
            columns = ", ".join(f'"{column}" {types.get(column, "text")}' for column in names)
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("set time zone 'UTC'")
                cursor.execute(f"drop table if exists {name}")
                cursor.execute(f"create table {name} ({columns})")
                with cursor.copy(f"copy {name} from stdin") as copy:
                    for row in mangled:
                        copy.write_row([row[column] for column in names])
        print(json.dumps({"table": name, **expected}))


main()
