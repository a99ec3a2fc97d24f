"""Passes on what `cargo test -- --nocapture --test-threads 1` prints, and adds how long the tests of each
file took, and what became of them:

    cargo test ... | python3 deploy/local/times.py
"""

import re
import sys
import time

#: A test. Its result is on this line or, after what it prints, on one of its own: cargo keeps the name
#: back until the first end of a line, so it is the results that tell the time.
TEST = re.compile(r"^test (\S+) \.\.\. ?(ok|FAILED|ignored)?")


def main():
    files, file, began = {}, None, time.monotonic()
    before = began
    for line in sys.stdin:
        print(line, end="", flush=True)
        result = line.strip() if line.strip() in ("ok", "FAILED") else None
        if line.startswith("running "):
            before = time.monotonic()
        elif found := TEST.match(line):
            file, result = found[1].rpartition("::")[0], found[2]
        if result and file:
            now = time.monotonic()
            part = files.setdefault(file, [0.0, 0, 0])
            part[0] += now - before
            part[1] += 1
            part[2] += result == "FAILED"
            before, file = now, None
    print("\n| part | tests | failed | took |\n|---|---|---|---|")
    for file, (seconds, tests, failed) in files.items():
        print(f"| `{file}` | {tests} | {failed} | {seconds:.0f} s |")
    print(f"| all | {sum(tests for _, tests, _ in files.values())} | "
          f"{sum(failed for *_, failed in files.values())} | {time.monotonic() - began:.0f} s |")  # fmt: skip


if __name__ == "__main__":
    main()
