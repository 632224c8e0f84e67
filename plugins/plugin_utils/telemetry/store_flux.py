# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of telemetry in InfluxDB 2: two buckets, a task between them, and tokens."""
from __future__ import annotations

import json
from urllib.parse import urlencode

from ..errors import InvalidInput
from . import refusals
from .http import call
from .store import Step, Wanted, how_long, may_keep

_ACTIONS = {"read": ("read",), "write": ("write",), "both": ("read", "write")}


def means_of(bucket: str) -> str:
    """The bucket of the means."""
    return f"{bucket}_downsampled"


def flux_of(wanted: Wanted, org: str) -> str:
    """The task that writes means. It looks back two windows, so that points that come late still count."""
    fields = [f'(r._measurement == {_text(name)} and contains(value: r._field, set: [{", ".join(map(_text, sorted(names)))}]))'
              for name, names in sorted(wanted.measurements.items())]
    return (f"option task = {{name: {_text(task_of(wanted.bucket))}, every: {wanted.every}s, offset: {min(300, wanted.every // 10)}s}}\n\n"
            f"from(bucket: {_text(wanted.bucket)})\n  |> range(start: -{2 * wanted.every}s)\n  |> filter(fn: (r) => {' or '.join(fields)})\n  |> toFloat()\n"
            f"  |> aggregateWindow(every: {wanted.every}s, fn: mean, createEmpty: false, timeSrc: \"_start\")\n"
            f"  |> to(bucket: {_text(means_of(wanted.bucket))}, org: {_text(org)})\n")


def task_of(bucket: str) -> str:
    return f"netslice downsampling of {bucket}"


def description_of(bucket: str, name: str) -> str:
    """The description by which the token of a name is known."""
    return f"netslice {bucket}: {name}"


def _text(value: str) -> str:
    """A string of Flux, which interpolates ${} and knows no escapes of four digits."""
    return json.dumps(value, ensure_ascii=False).replace("${", "\\${")


class FluxStore:
    """Steps to and from what is wanted, by /api/v2. Raises TelemetryError."""

    def __init__(self, options: dict):
        self.options, name = options, options.get("influxdb_org") or ""
        found = self._ask(f"/orgs?{urlencode({'org': name})}", tolerate=True).get("orgs") or []
        if not found:
            raise refusals.refused(options["influxdb_url"], "look at the store of telemetry", "", 404, f"organization {name!r} not found")
        if len(found) > 1:  # without a name, all that the token may see
            raise InvalidInput(f"influxdb_org: is not given, and there are {', '.join(sorted(one['name'] for one in found))}; name one")
        self.org, self.org_id = found[0]["name"], found[0]["id"]

    def _ask(self, path, method=None, document=None, tolerate=False, want="look at the store of telemetry") -> dict:
        body = None if document is None else json.dumps(document).encode()
        status, _headers, text = call(self.options, f"/api/v2{path}", want, bucket=self.options["influxdb_bucket"], body=body, method=method, tolerate=tolerate,
                                      headers={"Content-Type": "application/json"})
        if tolerate and status in (401, 403):
            raise refusals.refused(self.options["influxdb_url"], want, "", status, text.decode("utf-8", "replace"))
        return json.loads(text) if text and status < 300 else {}

    def _bucket(self, name):
        found = self._ask(f"/buckets?{urlencode({'name': name, 'orgID': self.org_id})}", tolerate=True).get("buckets") or []
        return found[0] if found else None

    def _task(self, bucket):
        found = self._ask(f"/tasks?{urlencode({'name': task_of(bucket), 'orgID': self.org_id})}").get("tasks") or []
        return found[0] if found else None

    def _tokens(self, bucket) -> dict[str, list]:
        """{name: authorizations, the oldest first} of the tokens made for a bucket. There are several where a token was not replaced to the end."""
        begin, tokens = description_of(bucket, ""), {}
        found = self._ask(f"/authorizations?{urlencode({'orgID': self.org_id})}").get("authorizations") or []
        for one in sorted(found, key=lambda one: (one.get("createdAt") or "", one["id"])):
            if one.get("description", "").startswith(begin):
                tokens.setdefault(one["description"][len(begin):], []).append(one)
        return tokens

    def _do(self, method, path, document=None):
        return self._ask(path, method, document, want="change the store of telemetry")

    def present(self, wanted: Wanted, drop_data: bool = False) -> tuple[list[Step], dict]:
        """The steps to what is wanted, and {name: token} of tokens that are there already. Raises InvalidInput where points would be lost."""
        steps = self._bucket_steps(wanted.bucket, "retention_seconds", wanted.retention, drop_data)
        if wanted.every:
            steps += self._bucket_steps(means_of(wanted.bucket), "downsample_retention_seconds", wanted.kept, drop_data)
        steps += self._task_steps(wanted)
        there, tokens = self._tokens(wanted.bucket), {}
        for name, rights in sorted(wanted.access.items()):
            steps += self._token_steps(wanted, name, rights, there.get(name, []), tokens)
        return steps, tokens

    def _bucket_steps(self, name, option, seconds, drop_data):
        there, rules = self._bucket(name), [{"type": "expire", "everySeconds": seconds}] if seconds else []
        if there is None:
            new = {"orgID": self.org_id, "name": name, "retentionRules": rules}
            return [Step(f"make bucket {name}, kept {how_long(seconds)}", lambda: self._do("POST", "/buckets", new) and None)]
        now = sum(rule.get("everySeconds", 0) for rule in there["retentionRules"])
        if now != seconds:
            may_keep(f"bucket {name}", option, now, seconds, drop_data)
            new = {"retentionRules": rules or [{"type": "expire", "everySeconds": 0}]}
            return [Step(f"keep bucket {name} {how_long(seconds)}", lambda: self._do("PATCH", f"/buckets/{there['id']}", new) and None)]
        return []

    def _task_steps(self, wanted):
        there = self._task(wanted.bucket)
        if not wanted.every:
            return [Step(f"remove task {there['name']}", lambda: self._do("DELETE", f"/tasks/{there['id']}") and None)] if there else []
        flux = flux_of(wanted, self.org)
        if there is None:
            new = {"orgID": self.org_id, "flux": flux, "status": "active"}
            return [Step(f"make task {task_of(wanted.bucket)}", lambda: self._do("POST", "/tasks", new) and None)]
        if there["flux"].strip() != flux.strip() or there.get("status") != "active":
            new = {"flux": flux, "status": "active"}
            return [Step(f"correct task {there['name']}", lambda: self._do("PATCH", f"/tasks/{there['id']}", new) and None)]
        return []

    def _token_steps(self, wanted, name, rights, there, tokens):
        buckets = [wanted.bucket] + ([means_of(wanted.bucket)] if wanted.every else [])
        pairs = {(action, bucket) for action in _ACTIONS[rights] for bucket in buckets if action == "read" or bucket == wanted.bucket}
        good = [one for one in there if one.get("status") == "active" and self._pairs(one) == pairs and one.get("token")]
        if good:
            tokens[name] = good[-1]["token"]
            return [self._token_removal(f"remove a token of {name} that was replaced", one) for one in there if one is not good[-1]]

        def make():
            permissions = [{"action": action, "resource": {"type": "buckets", "id": self._bucket(bucket)["id"], "orgID": self.org_id}}
                           for action, bucket in sorted(pairs)]
            made = self._do("POST", "/authorizations", {"orgID": self.org_id, "description": description_of(wanted.bucket, name), "permissions": permissions})
            # Last, so that a run that ends here leaves one that is good: the next one removes what is left of the others.
            for one in there:
                self._do("DELETE", f"/authorizations/{one['id']}")
            return {name: made["token"]}

        replaced = ", in place of the one there" if there else ""
        return [Step(f"make a token of {name} that may {rights if rights != 'both' else 'read and write'}{replaced}", make)]

    def _token_removal(self, words, token) -> Step:
        return Step(words, lambda: self._do("DELETE", f"/authorizations/{token['id']}") and None)

    @staticmethod
    def _pairs(token):
        return {(one["action"], one["resource"].get("name") or one["resource"].get("id") or one["resource"]["type"]) for one in token["permissions"]}

    def absent(self, wanted: Wanted, drop_data: bool) -> list[Step]:
        """The steps that remove task and tokens, and with drop_data the buckets."""
        steps = self._task_steps(wanted._replace(every=0))
        for name, there in sorted(self._tokens(wanted.bucket).items()):
            steps += [self._token_removal(f"remove the token of {name}", one) for one in there]
        for name in (means_of(wanted.bucket), wanted.bucket) if drop_data else ():
            there = self._bucket(name)
            if there:
                steps.append(Step(f"remove bucket {name} with all points in it", lambda there=there: self._do("DELETE", f"/buckets/{there['id']}") and None))
        return steps
