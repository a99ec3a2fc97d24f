#!/usr/bin/env python3
"""Measures the build of the profile dist of the data warehouse, each part beside its yardstick.

    just bench-warehouse                    everything
    just bench-warehouse load avro          some parts: load, sqlite, ingest, avro, reports, memory

Prints tables with wall-clock and processor time (of the programs and of the database server) and
writes them to target/bench/warehouse.json. On a machine that does other things at the same time the
processor time is the one to believe. Nothing here asserts a time.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench import ROOT, median, peak_memory, table

PROGRAM = ROOT / "target/dist/data-warehouse"
TICKS = os.sysconf("SC_CLK_TCK")
results = {}


class Server:
    """The PostgreSQL of deploy/local, in a database of its own."""

    def __init__(self):
        url = os.environ["POSTGRES_TEST_URL"]
        self.admin = url
        self.url = url.rpartition("/")[0] + "/warehouse_bench"
        # What others have left to be written would be written while we measure.
        self.sql("CHECKPOINT", self.admin)
        self.pid = int(Path(self.sql("SHOW data_directory", self.admin), "postmaster.pid").read_text().split()[0])

    def sql(self, text, url=None):
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", url or self.url, "-c", text]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def create(self):
        self.sql("DROP DATABASE IF EXISTS warehouse_bench WITH (FORCE)", self.admin)
        self.sql("CREATE DATABASE warehouse_bench", self.admin)

    def processor_time(self):
        """Of the server and all its processes, those that have ended among them, in seconds."""
        total = sum(ticks(self.pid)[:4])
        for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            try:
                total += sum(ticks(child)[:2])
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total / TICKS


def ticks(pid):
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(one) for one in stat[11:15]]


def measure(command, server=None, cwd=None, **variables):
    """Runs a command to its end: seconds, processor time and its share of the server, peak memory."""
    with tempfile.TemporaryFile() as said:
        before = server.processor_time() if server else 0
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=said, stderr=subprocess.STDOUT, cwd=cwd,
            env={**os.environ, **variables},
        )
        peak = 0
        while True:
            peak = max(peak, peak_memory(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{text}")
    own = usage.ru_utime + usage.ru_stime
    theirs = server.processor_time() - before if server else 0
    return {"seconds": seconds, "own": own, "server": theirs, "cpu": own + theirs, "peak_mib": peak, "said": text}


def warehouse(place, *command, server=None):
    variables = {"DATA_DIR": str(place), "BACKUP_CODEC": "null"}
    if server:
        variables["DATABASE_URL"] = server.url
    return measure([PROGRAM, *command], server=server, **variables)


def sample(place, count):
    """A folder with the sample of so many employees, of whom 1 % have a fault."""
    folder = place / f"sample-{count}"
    if not folder.exists():
        warehouse(place / f"made-{count}", "run", "--embedded", "--employees", count)
        (place / f"made-{count}/sample/history").rename(folder)
    return folder


def cleaned(folder, place):
    """The employees that are accepted, as PostgreSQL's \\copy takes them."""
    path, seen = place / "clean.csv", set()
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    with open(folder / "employees.csv", encoding="utf-8") as lines, open(path, "w", encoding="utf-8") as out:
        for line in lines:
            cells = line.rstrip("\n").split(",")
            good = len(cells) == 5 and '"' not in line and cells[1] and moment.fullmatch(cells[2])
            if good and cells[3].isdigit() and cells[4].isdigit() and cells[0] not in seen:
                seen.add(cells[0])
                out.write(line)
    return path, len(seen)


EMPLOYEES = """CREATE TABLE employees (employee_id INTEGER PRIMARY KEY, employee_name TEXT NOT NULL,
    hiring_date TEXT NOT NULL, department_id INTEGER NOT NULL, job_id INTEGER NOT NULL)"""


def compare(name, title, pairs, count, theirs_name):
    """A line of a table: ours and theirs, the median of the rounds."""
    shown = {}
    for who in ("ours", "theirs"):
        shown[who] = {key: median([pair[who] for pair in pairs], key)
                      for key in ("seconds", "own", "server", "cpu", "peak_mib")}
    ratios = {key: median([{"r": pair["ours"][key] / pair["theirs"][key]} for pair in pairs], "r")
              for key in ("seconds", "cpu")}
    results[name] = {**shown, "ratio": ratios, "rows": count}
    rows = [[who, f"{count / one['seconds'] / 1e3:.0f}", f"{one['own']:.2f}", f"{one['server']:.2f}",
             f"{count / one['cpu'] / 1e3:.0f}", f"{one['peak_mib']:.0f}"]
            for who, one in (("data-warehouse", shown["ours"]), (theirs_name, shown["theirs"]))]
    table(title, ["", "k rows/s", "own CPU s", "server CPU s", "k rows/CPU s", "peak MiB"], rows)
    print(f"time: {ratios['seconds']:.2f} of theirs; processor time: {ratios['cpu']:.2f}")


def load(rounds, place):
    """Validated load into PostgreSQL beside \\copy of the cleaned file."""
    server, folder, pairs = Server(), sample(place, 1_000_000), []
    clean, count = cleaned(folder, place)
    only = place / "employees-only"
    only.mkdir(exist_ok=True)
    if not (only / "employees.csv").exists():
        os.link(folder / "employees.csv", only / "employees.csv")
    for _ in range(rounds):
        server.create()
        server.sql(EMPLOYEES)
        copy = f"\\copy employees from '{clean}' with (format csv)"
        theirs = measure(["psql", "-Xq", server.url, "-c", copy], server=server)
        server.create()
        ours = warehouse(place / "load", "migrate", "--input", only, server=server)
        found = int(server.sql("SELECT count(*) FROM employees"))
        assert found == count, (found, count)
        pairs.append({"ours": ours, "theirs": theirs})
    compare("load/postgres", "PostgreSQL, 1,000,000 rows with 1 % faults", pairs, count, "\\copy, cleaned")


EXECUTEMANY = """
import csv, sqlite3, sys, time
rows = [(int(a), b, c, int(d), int(e)) for a, b, c, d, e in csv.reader(open(sys.argv[1]))]
base = sqlite3.connect(sys.argv[2])
base.execute('PRAGMA journal_mode=WAL'); base.execute('PRAGMA synchronous=FULL')
base.execute(sys.argv[3] + ' STRICT')
wall, cpu = time.perf_counter(), time.process_time()
base.executemany('INSERT INTO employees VALUES (?,?,?,?,?)', rows); base.commit()
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def sqlite(rounds, place):
    """Validated load into SQLite beside executemany of rows that are parsed already."""
    folder, pairs = sample(place, 1_000_000), []
    clean, count = cleaned(folder, place)
    only = place / "employees-only"
    only.mkdir(exist_ok=True)
    if not (only / "employees.csv").exists():
        os.link(folder / "employees.csv", only / "employees.csv")
    for number in range(rounds):
        with tempfile.TemporaryDirectory(dir=place) as data:
            theirs = measure([sys.executable, "-c", EXECUTEMANY, clean, f"{data}/theirs.db", EMPLOYEES])
            theirs["seconds"], theirs["cpu"] = (float(one) for one in theirs["said"].split())
            theirs["own"] = theirs["cpu"]
            ours = warehouse(data, "migrate", "--input", only)
            pairs.append({"ours": ours, "theirs": theirs})
    compare("load/sqlite", "SQLite, 1,000,000 rows with 1 % faults", pairs, count, "executemany, parsed")


def ingest(rounds, place):
    """1,000-row requests of 8 clients into PostgreSQL."""
    server, clients, requests, rows = Server(), 8, 50, []
    for form in ("json", "csv"):
        for _ in range(rounds):
            server.create()
            process = subprocess.Popen(
                [PROGRAM, "serve", "--port", "0", "--log-level", "WARNING"], stdout=subprocess.PIPE, text=True,
                env={**os.environ, "DATA_DIR": str(place / "serve"), "DATABASE_URL": server.url},
            )
            port = int(process.stdout.readline().strip().rpartition(":")[2])
            bodies = [[body(form, (client * requests + number) * 1000) for number in range(requests)]
                      for client in range(clients)]
            taken, before = [], server.processor_time()
            own = sum(ticks(process.pid)[:2])
            threads = [threading.Thread(target=post, args=(port, form, mine, taken)) for mine in bodies]
            began = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - began
            own = (sum(ticks(process.pid)[:2]) - own) / TICKS
            theirs, peak = server.processor_time() - before, peak_memory(process.pid)
            process.terminate()
            process.wait()
            taken.sort()
            count = clients * requests * 1000
            assert int(server.sql("SELECT count(*) FROM employees")) == count
            one = {"rows_per_second": count / seconds, "median_ms": taken[len(taken) // 2] * 1e3,
                   "p99_ms": taken[int(len(taken) * 0.99)] * 1e3, "own": own, "server": theirs, "peak_mib": peak}
            rows.append((form, one))
    shown = []
    for form in ("json", "csv"):
        one = {key: median([row for kind, row in rows if kind == form], key) for key in rows[0][1]}
        results[f"ingest/{form}"] = one
        shown.append([form, f"{one['rows_per_second'] / 1e3:.0f}", f"{one['median_ms']:.0f}", f"{one['p99_ms']:.0f}",
                      f"{one['own']:.2f}", f"{one['server']:.2f}", f"{one['peak_mib']:.0f}"])
    table("400,000 rows into PostgreSQL over HTTP, 8 clients, 1,000 rows a request",
          ["", "k rows/s", "median ms", "p99 ms", "own CPU s", "server CPU s", "peak MiB"], shown)


def body(form, first):
    rows = [[number, "Marcelo Gonzalez", "2021-07-27T16:02:08Z", number % 12 + 1, number % 16 + 1]
            for number in range(first, first + 1000)]
    if form == "json":
        return json.dumps(rows).encode()
    return "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


def post(port, form, bodies, taken):
    kind = {"json": "application/json", "csv": "text/csv"}[form]
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for one in bodies:
        began = time.perf_counter()
        connection.request("POST", "/tables/employees/rows", one, {"Content-Type": kind})
        answer = connection.getresponse()
        said = answer.read()
        taken.append(time.perf_counter() - began)
        assert answer.status == 200, said


FASTAVRO = """
import fastavro, glob, sys, time
path = max(glob.glob(sys.argv[1]))
read = time.process_time(); rows = list(fastavro.reader(open(path, 'rb'))); read = time.process_time() - read
schema = fastavro.reader(open(path, 'rb')).writer_schema
wall, cpu = time.perf_counter(), time.process_time()
with open(sys.argv[2], 'wb') as out: fastavro.writer(out, schema, rows)
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def avro(rounds, place):
    """Backups and restores of a million employees beside fastavro's writer, in SQLite and PostgreSQL."""
    folder, server, shown = sample(place, 1_000_000), Server(), []
    for name, where in (("SQLite", None), ("PostgreSQL", server)):
        all_rounds = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory(dir=place) as data:
                if where:
                    where.create()
                loaded = warehouse(data, "migrate", "--input", folder, server=where)
                backup = warehouse(data, "backup", "employees", server=where)
                # The first one to look at rows after a load has PostgreSQL note that they are there.
                again = warehouse(data, "backup", "employees", server=where)
                over = warehouse(data, "restore", "employees", server=where)
                if where:
                    where.create()
                else:
                    for part in Path(data).glob("warehouse.db*"):
                        part.unlink()
                restored = warehouse(data, "restore", "employees", server=where)
                paths = [f"{data}/backups/employees-*.avro", f"{data}/theirs.avro"]
                theirs = measure([sys.executable, "-c", FASTAVRO, *paths])
                seconds, cpu = (float(one) for one in theirs["said"].split())
                all_rounds.append({
                    "backup": 990e3 / backup["seconds"], "backup_cpu": 990e3 / backup["own"],
                    "again": 990e3 / again["seconds"], "again_cpu": 990e3 / again["own"],
                    "fastavro": 990e3 / seconds, "fastavro_cpu": 990e3 / cpu,
                    "load": 990e3 / loaded["seconds"], "load_cpu": 990e3 / loaded["cpu"],
                    "restore": 990e3 / restored["seconds"], "restore_cpu": 990e3 / restored["cpu"],
                    "over": 990e3 / over["seconds"], "over_cpu": 990e3 / over["cpu"],
                    "peak_mib": max(backup["peak_mib"], restored["peak_mib"]),
                })
        one = {key: median(all_rounds, key) for key in all_rounds[0]}
        results[f"avro/{name}"] = one
        shown.append([name, *(f"{one[key] / 1e3:.0f}" for key in one if key != "peak_mib"), f"{one['peak_mib']:.0f}"])
    head = ["", "backup k/s", "a CPU s", "again k/s", "a CPU s", "fastavro k/s", "a CPU s", "load k/s", "a CPU s", "restore k/s",
            "a CPU s", "over rows k/s", "a CPU s", "peak MiB"]
    table("990,000 employees: backup without compression, the same again, fastavro's writer, load, restore into an empty table, "
          "restore over as many rows", head, shown)


HIRES = """SELECT department_id, job_id, substr(hiring_date, 6, 2) AS month, count(*) FROM employees
    WHERE hiring_date >= '2021-' AND hiring_date < '2021.' GROUP BY department_id, job_id, month"""


def reports(rounds, place):
    """Both reports over 10,000,000 employees in PostgreSQL beside psql's time for their SQL."""
    server, folder = Server(), sample(place, 10_000_000)
    server.create()
    loaded = warehouse(place / "reports", "migrate", "--input", folder, server=server)
    server.sql("VACUUM ANALYZE employees")
    print(f"\n10,000,000 rows loaded in {loaded['seconds']:.0f} s, {loaded['peak_mib']:.0f} MiB at most")
    results["memory/postgres"] = loaded["peak_mib"]
    for name in ("req1", "req2"):
        pairs = []
        for _ in range(rounds):
            theirs = measure(["psql", "-Xq", server.url, "-c", HIRES], server=server)
            ours = warehouse(place / "reports", "report", name, server=server)
            pairs.append({"ours": ours, "theirs": theirs})
        compare(f"report/{name}", f"Report {name} over 10,000,000 employees", pairs, 9_900_000, "psql")


def memory(rounds, place):
    """The most memory of a load, a backup and a restore of 10,000,000 rows, with SQLite."""
    folder = sample(place, 10_000_000)
    with tempfile.TemporaryDirectory(dir=place) as data:
        peaks = [[what[0], f"{one['peak_mib']:.0f}", f"{one['seconds']:.0f}"] for what, one in (
            (what, warehouse(data, *what)) for what in
            (["migrate", "--input", folder], ["backup", "employees"], ["restore", "employees"]))]
    results["memory/sqlite"] = peaks
    table("10,000,000 employees, SQLite", ["", "peak MiB", "s"], peaks)


PARTS = {"load": load, "sqlite": sqlite, "ingest": ingest, "avro": avro, "reports": reports, "memory": memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--rounds", type=int, default=3, help="odd numbers have a median (default 3)")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"{unknown[0]} is not one of {', '.join(PARTS)}")
    folder = ROOT / "target/bench"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for part in arguments.parts or PARTS:
            PARTS[part](arguments.rounds, Path(place))
    path = folder / "warehouse.json"
    path.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\n{path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
