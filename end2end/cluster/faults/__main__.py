"""`python -m faults [--times N] [--list] [ROW...]`: plays rows and prints them as a Markdown table."""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

from cluster import SCRIPT
from faults import early, outages, underway
from faults.seen import Row, Seen
from faults.stage import Stage

ROWS = [*early.ROWS, *underway.ROWS, *outages.ROWS]


def main() -> int:
    known = {row.name: row for row in ROWS}
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[[], *known], help="only these; without any, all of them")
    parser.add_argument("--times", type=int, default=1, help="how often each row is played")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    parser.add_argument("--json", type=Path, help="a file for everything that was seen")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{row.name}: {row.what}" for row in ROWS))
        return 0
    rows = [known[name] for name in asked.rows] or ROWS
    if not SCRIPT:
        print("left out, as the cluster is not ours to break:", *(row.name for row in rows if row.needs_our_cluster), file=sys.stderr)
        rows = [row for row in rows if not row.needs_our_cluster]
    seen = play(rows, asked.times)
    if asked.json:
        asked.json.write_text(json.dumps({row.name: [vars(one) if isinstance(one, Seen) else one for one in all] for row, all in seen}, indent=1))
    print("\n".join(table(seen)))
    return int(any(mistakes(row, one) for row, all in seen for one in all))


def play(rows: list[Row], times: int) -> list[tuple[Row, list[Seen | str]]]:
    """Each row so many times; a text in place of what was seen says why there is nothing to see."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        try:
            for row in rows:
                all = []
                for _ in range(times):
                    try:
                        all.append(row.play(stage))
                    except Exception as error:
                        all.append(f"{type(error).__name__}: {error}")
                    wrong = mistakes(row, all[-1])
                    print(f"{row.name}: {'; '.join(wrong) or 'right'} ({all[-1]})", file=sys.stderr, flush=True)
                found.append((row, all))
        finally:
            stage.close()
    return found


def mistakes(row: Row, seen: Seen | str) -> list[str]:
    return [seen] if isinstance(seen, str) else row.mistakes(seen)


def table(seen: list[tuple[Row, list[Seen | str]]]) -> list[str]:
    lines = ["| fault | end | seconds: median (worst) of n | reason first told after | right |", "|---|---|---|---|---|"]
    for row, all in seen:
        good = [one for one in all if isinstance(one, Seen)]
        right = sum(not mistakes(row, one) for one in all)
        ends = sorted({one.state.capitalize() for one in good})
        reason = f": {good[-1].message}" if good and good[-1].message else ""
        told = [one.told for one in good if one.told is not None]
        cells = [
            f"**{row.name}**: {row.what}",
            (f"{' / '.join(ends)}{reason}" if good else all[-1]).replace("|", "\\|").replace("\n", " "),
            spread([one.seconds for one in good]) + f" of {len(all)}",
            spread(told) if told else "",
            f"{right} of {len(all)}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({max(values):.1f})" if values else "none"


if __name__ == "__main__":
    sys.exit(main())
