# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callback of the lab: one JSON line for each result of a task, into the file that LAB_RECORD names."""

from __future__ import annotations

DOCUMENTATION = r"""
name: lab_record
type: notification
short_description: Record the results of tasks as JSON lines
description:
  - Writes task, host, status, duration and commands of each result to the file that the environment variable E(LAB_RECORD) names.
"""

import json
import os
import time

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "lab_record"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._began = {}

    def v2_runner_on_start(self, host, task):
        self._began[task._uuid, host.get_name()] = time.time()

    def _record(self, result, status):
        answer, ended = result._result, time.time()
        began = self._began.get((result._task._uuid, result._host.get_name()), ended)
        entry = {
            "task": result._task.get_name(), "action": result._task.action, "host": result._host.get_name(), "status": status,
            "at": round(ended, 2), "seconds": round(ended - began, 3), "changed": bool(answer.get("changed")), "commands": answer.get("commands"),
            "said": str(answer.get("msg") or "")[:4000],
        }
        with open(os.environ["LAB_RECORD"], "a", encoding="utf-8") as record:
            record.write(json.dumps(entry) + "\n")

    def v2_runner_on_ok(self, result):
        self._record(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result):
        self._record(result, "unreachable")
