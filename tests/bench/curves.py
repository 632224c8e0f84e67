# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The course of a training: the loss by step, and how the net does on held-out rows now and then; as JSON and as a page."""
from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from html import escape

import plot

from ansible_collections.foresight.netslice.plugins.plugin_utils.analytics import validation

LOSS_EVERY, VALIDATIONS = 50, 10
SPANS = {"wql_12h": "12 h", "wql_1h": "1 h"}


@dataclass
class Course:
    """What one training showed. Judging draws no random numbers, so that the net learns the same whether it is watched or not."""

    loss: list = field(default_factory=list)        # [step, running mean of the training loss]
    validation: list = field(default_factory=list)  # {"step", and what validation.judge says}

    def watch(self, net, judged, steps):
        """-> what training.fit calls after each step."""
        every = max(steps // VALIDATIONS, 1)

        def after(step, loss):
            if step % LOSS_EVERY == 0 or step == steps:
                self.loss.append([step, round(loss, 5)])
            if step % every == 0 or step == steps:
                self.validation.append({"step": step, **validation.judge([net.eval()], judged)})
        return after


def page(courses, facts) -> str:
    """The courses of all nets as one page."""
    nets = {f"net {number + 1}": course for number, course in enumerate(courses)}
    ratio = {f"{name}, {span}": [(point["step"], point[key]) for point in course.validation] for key, span in SPANS.items() for name, course in nets.items()}
    last = facts["scores"]["validation"]
    rows = [[name, course.loss[-1][1], *(course.validation[-1][key] for key in (*SPANS, "coverage_95"))] for name, course in nets.items()]
    return plot.page("Training of lstm-global", [
        plot.chart("Training loss, running mean", "step", {name: course.loss for name, course in nets.items()}),
        plot.chart("Weighted quantile loss on held-out rows, relative to seasonal naive", "step", ratio),
        plot.table(["", "loss", *(f"WQL {span}" for span in SPANS.values()), "share under q.95"],
                   [*rows, ["their mean", "", *(last[key] for key in (*SPANS, "coverage_95"))]]),
        f"<p>Judged on: {escape(facts['scores']['validated_on'])}; weights {facts['weights']['sha256']}.</p>"])


def write(folder, courses, manifest) -> None:
    """Write training.json and training.html into `folder`; manifest: of the model that came of it."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "training.json"), "w", encoding="utf-8") as file:
        json.dump({"nets": [asdict(course) for course in courses], "manifest": manifest}, file, indent=1)
        file.write("\n")
    with open(os.path.join(folder, "training.html"), "w", encoding="utf-8") as file:
        file.write(page(courses, manifest))
