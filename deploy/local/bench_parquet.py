"""Parquet beside tpchgen-cli's: rows and uncompressed bytes a second of processor time, the gain of a
second core, and the memory of a long run. Some minutes.

usage: bench_parquet.py DATA_EMULATOR [ROWS_OF_THE_LONG_RUN]
"""

import glob
import os
import subprocess
import sys
import tempfile
import time

import pyarrow.parquet


def run(*command, cwd=None):
    """Processor seconds, seconds, and the most memory in MiB."""
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)}: {told}")
    return used.ru_utime + used.ru_stime, time.monotonic() - begun, used.ru_maxrss / 1024


def uncompressed(pattern):
    """Rows and bytes before compression of the files."""
    files = [pyarrow.parquet.ParquetFile(name).metadata for name in glob.glob(pattern, recursive=True)]
    groups = [file.row_group(number) for file in files for number in range(file.num_row_groups)]
    return sum(file.num_rows for file in files), sum(group.total_byte_size for group in groups)


def main():
    program = os.path.abspath(sys.argv[1])
    long_run = sys.argv[2] if len(sys.argv) > 2 else "100000000"
    tpchgen = os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")
    emulate = [program, "emulate", "--format", "parquet", "--seed", "7"]
    print(f"{'one core, zstd, to files':34} {'rows/s':>12} {'MB/s uncompressed':>18}")
    with tempfile.TemporaryDirectory() as folder:
        for name, command in [
            ("transaction", [*emulate, "transaction", "--to", "file:out", "--count", "5000000", "--workers", "1"]),
            ("device-log", [*emulate, "device-log", "--to", "file:out", "--count", "3000000", "--workers", "1"]),
            ("tpchgen-cli lineitem, scale 1", [tpchgen, "parquet", "-s", "1", "-T", "lineitem", "-c", "ZSTD(1)", "-n", "1"]),
        ]:
            place = os.path.join(folder, name)
            os.mkdir(place)
            processor, _, _ = run(*command, cwd=place)
            rows, size = uncompressed(f"{place}/**/*.parquet")
            print(f"{name:34} {rows / processor:12,.0f} {size / processor / 1e6:18.1f}")
        null = [*emulate, "transaction", "--to", "null", "--count", "10000000", "--workers"]
        one, two = (run(*null, workers)[1] for workers in ("1", "2"))
        print(f"two cores / one core                {one / two:10.2f}")
        _, seconds, memory = run(*emulate, "transaction", "--to", "null", "--count", long_run)
        print(f"{int(long_run):,} rows: {seconds:.0f} s, {memory:.0f} MiB at most")
        manifest = ["--count", "5000000", "--start-time", "2026-01-01T00:00:00Z", "--manifest", "run.json"]
        run(*emulate, "transaction", "--to", "file:out", *manifest, cwd=folder)
        processor, _, _ = run(program, "verify", "run.json", "--from", "parquet:out/transactions", cwd=folder)
        print(f"verify --from parquet               {5e6 / processor:10,.0f} rows/s")


main()
