# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of the model card, from what was measured: `make card` compares them with the card, `make card WRITE=1` puts them in.

Every figure of the card stands between two marks, `<!-- figures: NAME -->` and `<!-- end of figures -->`, and comes from the manifest, from the
networks themselves judged on the held-out rows, from OUT of peers.py or from OUT of ablations.py. Ends with 1 where the card says other words,
or figures that are off by more than another machine explains.
"""
from __future__ import annotations

import argparse
import json
import re
import sys

from ablations import relative, table_of
from peers import FITTED, SHIPPED, TREES
from scoring import SPANS
from traces import read_long
from variants import FULL

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import corpus, validation, weights

#: how far a figure of each block may be off: what is fitted or trained on another machine rounds otherwise and goes another way
TOLERANCES = {"size": 0, "held-out": 0.0015, "traces": 0.006, "ablations": 0.04}
_NUMBER = re.compile(r"\d[\d,]*\.?\d*|\.\d+")


def size(nets, manifest):
    """What the model is made of and what it has learnt from."""
    data, settings = manifest["data"], manifest["training"]
    yield (f"{len(nets)} networks of {sum(weight.numel() for weight in nets[0].parameters()):,} weights each, trained on {settings['steps']} batches of "
           f"{settings['batch']} windows: from {data['series']} real series")
    yield (f"(the first three quarters of each), {data['mixtures']} mixtures of them, and for each network {data['synthetic']} synthetic series and "
           f"{data['synthetic_mixtures']} mixtures of those.")


def held_out(scores):
    """What validation.judge says."""
    yield (f"On the last quarter of the training series, which was not trained on ({scores['series']} series, {scores['origins']} origins): "
           f"{scores['wql_12h']:.3f} over 12 h, {scores['wql_1h']:.3f}")
    yield f"over the first hour, {scores['coverage_95']:.3f} of the actuals at or below the .95 quantile."


def traces(document):
    """Rows of peers.py as a table."""
    yield "| model | WQL 12 h | WQL 1 h | MASE 12 h | MASE 1 h | share under q.95, 12 h | its mean distance from .95 |"
    yield "|---|---|---|---|---|---|---|"
    keys = [f"{kind}_{span}" for kind in ("wql", "mase") for span in SPANS] + ["coverage", "off"]
    for row in document["rows"]:
        yield f"| {row['name']} | " + " | ".join(f"{row[key]:.3f}" for key in keys) + " |"
    by_name = {row["name"]: row["wql_of_traces"] for row in document["rows"]}
    if TREES in by_name:
        yield ""
        for how, name in (("As shipped", SHIPPED), ("Fitted", FITTED)):
            better = {span: sum(each[span] < by_name[TREES][trace][span] for trace, each in by_name[name].items()) for span in SPANS}
            yield f"{how} it is better than LightGBM on {better['12h']} of the {len(by_name[name])} traces over 12 h and on {better['1h']} over 1 h."


def ablations(document):
    """Rows of ablations.py as a table, with how far the seeds of one variant lie apart."""
    settings, rows = document["settings"], document["rows"]
    full = {row["name"]: row for row in rows}[FULL.name]
    seeds = [[relative({"runs": [run]}, full) for run in row["runs"]] for row in rows if row is not full]
    apart = [abs(one[key] - other[key]) for ratios in seeds for one, other in zip(ratios, ratios[1:]) for key in one]
    noise = f"; the ratios of two seeds lie {sum(apart) / len(apart):.3f} apart in the mean" if apart else "; one seed each"
    yield f"One network each, {settings['steps']} batches of {settings['batch']} windows, {settings['synthetic']} synthetic series{noise}."
    yield ""
    yield from table_of(rows)


def marked(card: str, name: str):
    """Where the block of a name lies in the card: (start, end) of the text between its marks."""
    found = re.search(rf"<!-- figures: {re.escape(name)} -->\n(.*?)<!-- end of figures -->", card, re.S)
    if not found:
        raise SystemExit(f"Cannot find the figures {name!r} in the model card: it has no line '<!-- figures: {name} -->'. Restore the mark.")
    return found.span(1)


def differences(old: str, new: str, tolerance: float):
    """Lines of two blocks that differ in words, or in a figure by more than the tolerance and half a unit of its last place."""
    lines = old.splitlines(), new.splitlines()
    if len(lines[0]) != len(lines[1]):
        yield f"has {len(lines[0])} lines, measured are {len(lines[1])}"
    for before, now in zip(*lines):
        figures = [[float(text.replace(",", "")) for text in _NUMBER.findall(line)] for line in (before, now)]
        words = [_NUMBER.sub("#", line) for line in (before, now)]
        if words[0] != words[1] or any(abs(a - b) > tolerance + 1e-9 for a, b in zip(*figures)):
            yield f"says   {before}\n  measured {now}"


def blocks(args):
    """{name of a block: its text}, of what was measured."""
    nets, manifest = weights.load_model(args.models, "torch")
    series, starts = read_long(args.train)
    out = {"size": size(nets, manifest), "held-out": held_out(validation.judge(nets, corpus.corpus(series, starts)))}
    for name, path, make in (("traces", args.peers, traces), ("ablations", args.ablations, ablations)):
        try:
            with open(path, encoding="utf-8") as file:
                out[name] = make(json.load(file))
        except FileNotFoundError:
            print(f"{name}: not compared, {path} is not there", flush=True)
    return {name: "\n".join(lines) + "\n" for name, lines in out.items()}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="models", help="folder of the model and its card")
    parser.add_argument("--train", required=True, help="folder of the series it was trained on")
    parser.add_argument("--peers", required=True)
    parser.add_argument("--ablations", required=True)
    parser.add_argument("--write", action="store_true", help="put the figures into the card")
    return parser.parse_args()


def main():
    args, failed = arguments(), False
    path = f"{args.models}/README.md"
    with open(path, encoding="utf-8") as file:
        card = file.read()
    for name, text in blocks(args).items():
        begin, end = marked(card, name)
        found = list(differences(card[begin:end], text, TOLERANCES[name]))
        print(f"{name}: " + ("as measured" if not found else "\n  ".join(found)), flush=True)
        failed = failed or bool(found)
        if args.write:
            card = card[:begin] + text + card[end:]
    if args.write:
        with open(path, "w", encoding="utf-8") as file:
            file.write(card)
    return 1 if failed and not args.write else 0


if __name__ == "__main__":
    sys.exit(main())
