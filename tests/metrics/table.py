"""Print the table of docs/metrics.md: `python -m tests.metrics.table`."""

from __future__ import annotations

from tests.metrics.truth import judge, names


def table() -> str:
    rows = [
        "| recording | lines | in the record | of these printed | readings | wrong | missed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in names():
        found = judge(name)
        where = ", in a terminal" if name.endswith("_pty") else ""
        counts = (found.lines, found.recorded, found.printed, found.found, len(found.wrong), len(found.missed))
        rows.append(f"| {found.library}{where} | {' | '.join(map(str, counts))} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
