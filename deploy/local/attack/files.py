"""Files that are made to take memory or time, or to lead somewhere else."""

import json
import os
import random
import tempfile
from pathlib import Path

from process import Result, run

SECONDS, MEBIBYTES = 10, 200


def attacks(programs, short):
    program = programs / "data-emulator"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield endless(program, programs / "data-warehouse", folder)
        yield settings(program, folder)
        yield manifests(program, folder, 30 if short else 300)
        yield links(program, folder)


def measured(attack, cases):
    """Runs commands, each of which must end soon and small with one of its exit codes."""
    faults, longest, most, count = [], 0, 0, 0
    for what, allowed, command in cases:
        code, said, took, mebibytes = command()
        count, longest, most = count + 1, max(longest, took), max(most, mebibytes)
        if code not in allowed:
            faults.append(f"{what}: exit {code}: {said.strip()[-200:]!r}")
        if took > SECONDS or mebibytes > MEBIBYTES:
            faults.append(f"{what}: {took:.1f} s, {mebibytes:.0f} MiB")
    return Result(attack, count, longest, most, faults)


def endless(emulator, warehouse, folder):
    zero = "/dev/zero"
    cases = [
        (
            f"{words} {settings}",
            (2,),
            lambda command=[program, *words.split()], settings=settings: run(
                command, folder, SECONDS * 2, **settings
            ),
        )
        for program, words, settings in [
            (emulator, f"verify {zero}", {}),
            (emulator, f"openapi --config {zero}", {}),
            (emulator, "serve --port 0", {"HTTP_PROXIES_FILE": zero}),
            (emulator, "serve --port 0 --data-dir memory", {"MINIO_CA_FILE": zero}),
            (warehouse, "serve --port 0", {"DICTIONARY_FILE": zero}),
        ]
    ]
    return measured("manifests, settings and files that they name, without end", cases)


def settings(program, folder):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)
    )
    texts = {
        "aliases.yaml": bomb,
        "deep.yaml": "a: " + "[" * 200_000,
        "deep-blocks.yaml": "a:\n " + "- " * 200_000,
        "deep.json": '{"a":' * 200_000,
        "deep.toml": "a = " + "[" * 200_000,
        "dotted.toml": "a." * 200_000 + "a = 1",
        "large.toml": "#" * (64 << 20),
    }
    cases = []
    for name, text in texts.items():
        (folder / name).write_text(text)
        command = [program, "openapi", "--config", name]
        cases.append((name, (2,), lambda command=command: run(command, folder, SECONDS * 2)))
    return measured("files of settings that multiply, nest or are large", cases)


def manifests(program, folder, count):
    made = ["emulate", "--to", f"file:{folder}/data", "transaction", "--count", "1000"]
    made += ["--seed", "7", "--manifest", "run.json"]
    code, said, _, _ = run([program, *made], folder, 30)
    if code != 0:
        return Result("mangled manifests", 0, 0, 0, [f"no manifest: {said}"])
    good = (folder / "run.json").read_text()
    check = [program, "verify", "mangled.json", "--from", f"file:{folder}/data"]
    draw = random.Random(1)

    def case(number):
        def command():
            (folder / "mangled.json").write_text(mangled(good, draw))
            return run(check, folder, SECONDS * 2)

        # 0: the change does not matter to the data.
        return (f"manifest {number}", (0, 1, 2), command)

    return measured("`verify` with mangled manifests", map(case, range(count)))


def mangled(text, draw):
    extremes = [0, -1, 1, 2**31, 2**53, 2**63, 2**64 - 1, 2**64, 1e308, -1e308, 1e-300]
    extremes += [None, True, "", "x" * 10_000, "../../etc/passwd", [], {}, [[]] * 100]
    fields = json.loads(text)
    kind = draw.randrange(4)
    if kind == 0:
        at = draw.randrange(len(text))
        return text[:at] + draw.choice("{}[]\",:0-9eE.\\\0é") + text[at + 1 :]
    if kind == 1:
        return text[: draw.randrange(len(text))]
    if kind == 2:
        fields[draw.choice(list(fields))] = draw.choice(extremes)
        return json.dumps(fields)
    return '{"a":' * draw.randrange(1, 100_000)


def links(program, folder):
    """Symbolic links and pipes in the folder that records go to and come from."""
    outside, root = folder / "outside", folder / "root"
    outside.mkdir()
    root.mkdir()
    (root / "transactions").symlink_to(outside)
    to = ["emulate", "transaction", "--to", f"file:{root}", "--count", "10"]
    pipe = folder / "data" / "transactions"

    def write():
        code, said, took, most = run([program, *to], folder, SECONDS * 2)
        return ("wrote outside" if any(outside.iterdir()) else code), said, took, most

    def read():
        for entry in pipe.iterdir():
            if entry.is_file():
                entry.unlink()
                os.mkfifo(entry)
        check = [program, "verify", "run.json", "--from", f"file:{folder}/data"]
        return run(check, folder, SECONDS * 2)

    cases = [("a link in place of a folder", (1, 2), write), ("a pipe as object", (1, 2), read)]
    return measured("links out of the folder, pipes in place of files", cases)
