"""Passes on what `cargo test -- --nocapture --test-threads 1` prints, and adds how long the tests of each
file took, and what became of them:

    cargo test ... | python3 deploy/local/times.py
"""

import re
import sys
import time

#: A test that begins; its result follows on this line or, after what it prints, on a later one.
BEGINS = re.compile(r"^test (\S+) \.\.\. ?(ok|FAILED|ignored)?")


def main():
    files, now, began = {}, None, time.monotonic()

    def end():
        if now:
            files[now[0]][0] += time.monotonic() - now[1]

    for line in sys.stdin:
        print(line, end="", flush=True)
        if found := BEGINS.match(line):
            end()
            file = found[1].rpartition("::")[0]
            files.setdefault(file, [0.0, 0, 0])[1] += 1
            now = (file, time.monotonic())
        if line.startswith("test result:"):
            end()
            now = None
        if "FAILED" in line and now:
            files[now[0]][2] += 1
    print("\n| part | tests | failed | took |\n|---|---|---|---|")
    for file, (seconds, tests, failed) in files.items():
        print(f"| `{file}` | {tests} | {failed} | {seconds:.0f} s |")
    print(f"| all | {sum(tests for _, tests, _ in files.values())} | "
          f"{sum(failed for *_, failed in files.values())} | {time.monotonic() - began:.0f} s |")  # fmt: skip


if __name__ == "__main__":
    main()
