# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the REST interface of AWX that modules of awx.awx speak, in memory: objects, their lists, and what is associated with them.

    python api.py DUMP COMMAND...       runs the command with CONTROLLER_* set, then writes all objects to the file DUMP

It keeps what it is given, checks references, and that values are of the types that surveys and types of credentials ask for; what AWX itself would
validate beyond that is not known here.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

#: fields of an object that hold the id of another one, which must exist -> the list that one is in
REFERENCES = {"organization": "organizations", "inventory": "inventories", "project": "projects", "source_project": "projects",
              "credential_type": "credential_types", "credential": "credentials", "workflow_job_template": "workflow_job_templates",
              "unified_job_template": "unified_job_templates"}
#: lists that are views of others
VIEWS = {"unified_job_templates": ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")}
#: parts that the objects of a list have
PARTS = {"job_templates": ("credentials", "survey_spec"), "workflow_job_templates": ("survey_spec",),
         "workflow_job_template_nodes": ("credentials", "success_nodes", "failure_nodes", "always_nodes", "create_approval_template")}
HIDDEN = "$encrypted$"


#: kinds of inputs and of answers -> what their values are
KINDS = {"string": str, "boolean": bool, "integer": int, "multiplechoice": str, "multiselect": list}


def typed(values, kinds):
    """Refuse values that are not of their kind, or that nobody asks for. kinds: {name: kind}"""
    for name, value in values.items():
        if not isinstance(value, KINDS.get(kinds.get(name), ())):
            raise KeyError(f"{name}: {value!r} is not what is asked for, {kinds.get(name)}")


class Store:
    """{list: {id: object}}, and {(list, id, part): what is associated}."""

    def __init__(self):
        self.lists, self.parts, self.count, self.lock = {}, {}, 0, threading.Lock()
        self.add("organizations", {"name": "Default"})
        self.add("credential_types", {"name": "Machine", "kind": "ssh"})
        self.add("inventories", {"name": "hypervisors", "organization": 1})
        self.add("credentials", {"name": "hypervisors", "organization": 1, "credential_type": 2})

    def objects(self, name):
        return {key: one for part in VIEWS.get(name, (name,)) for key, one in self.lists.get(part, {}).items()}

    def add(self, name, fields):
        self.count += 1
        url = f"/api/v2/{name}/{self.count}/"
        made = {"id": self.count, "type": re.sub("ies$", "y", name).removesuffix("s"), "url": url, "summary_fields": {}, "status": "successful",
                "related": {part: f"{url}{part}/" for part in PARTS.get(name, ())}}
        self.lists.setdefault(name, {})[self.count] = made
        self.change(made, fields)
        return made

    def change(self, one, fields):
        for key, value in fields.items():
            if key in REFERENCES and value is not None and int(value) not in self.objects(REFERENCES[key]):
                raise KeyError(f"{key} {value} does not exist")
        made = {**one, **fields}
        if made["type"] == "credential":
            kinds = self.lists["credential_types"][int(made["credential_type"])].get("inputs", {}).get("fields", ())
            typed(made.get("inputs") or {}, {field["id"]: field["type"] for field in kinds})
        if made.get("extra_data"):
            survey = self.parts.get(("job_templates", int(made["unified_job_template"]), "survey_spec"), {}).get("spec", ())
            typed(made["extra_data"], {question["variable"]: question["type"] for question in survey})
        one.update(fields)

    def shown(self, one):
        """As AWX shows it: without its secrets."""
        if one["type"] != "credential" or not isinstance(one.get("inputs"), dict):
            return one
        return {**one, "inputs": {key: HIDDEN if key in ("token", "password") and value else value for key, value in one["inputs"].items()}}

    def dump(self):
        return {"lists": self.lists, "parts": {"/".join(map(str, key)): value for key, value in self.parts.items()}}


class Handler(BaseHTTPRequestHandler):
    """One request; `store` stands at the class."""

    store: Store

    def log_message(self, *_arguments):
        """Nothing is printed."""

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        url = urlsplit(self.path)
        path = [part for part in url.path.split("/") if part][2:]
        if self.headers.get("Authorization") != "Bearer awx-lab-token":
            return self.answer(401, {"detail": "Authentication credentials were not provided."})
        with self.store.lock:
            try:
                return self.answer(*self.route(path, dict(parse_qsl(url.query)), body))
            except KeyError as exc:
                return self.answer(400, {"detail": str(exc)})

    do_GET = do_POST = do_PATCH = serve

    def route(self, path, query, body):
        """(status, body)"""
        if len(path) == 1:
            return self.collection(path[0], query, body)
        one = self.store.objects(path[0]).get(int(path[1])) if len(path) > 1 else None
        if one is None or (len(path) == 3 and path[2] not in PARTS.get(path[0], ())):
            return 404, {"detail": "Not found."}
        if len(path) == 3:
            return self.part(path, one, body)
        if self.command == "PATCH":
            self.store.change(one, body)
        return 200, self.store.shown(one)

    def collection(self, name, query, body):
        if self.command == "POST":
            return 201, self.store.shown(self.store.add(name, body))
        wanted = {key.removesuffix("__exact"): value for key, value in query.items() if not key.startswith(("page", "order_by"))}
        found = [self.store.shown(one) for one in self.store.objects(name).values() if all(str(one.get(key)) == value for key, value in wanted.items())]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}

    def part(self, path, one, body):
        key = (path[0], int(path[1]), path[2])
        if path[2] == "survey_spec":
            if self.command == "POST":
                for question in body.get("spec", ()):
                    if question.get("default", "") != "" and not isinstance(question["default"], {"integer": int}.get(question["type"], str)):
                        raise KeyError(f"default {question['default']!r} of {question['variable']} is no {question['type']}")
                self.store.parts[key] = body
            return 200, self.store.parts.get(key, {})
        if path[2] == "create_approval_template":
            made = self.store.add("workflow_approval_templates", body)
            one["unified_job_template"] = made["id"]
            one["related"]["unified_job_template"] = made["url"]
            return 201, made
        linked = self.store.parts.setdefault(key, [])
        listed = path[0] if path[2].endswith("_nodes") else path[2]
        if self.command == "POST":
            if body["id"] not in self.store.objects(listed):
                raise KeyError(f"{listed} {body['id']} does not exist")
            linked[:] = [number for number in linked if number != body["id"]] + ([] if body.get("disassociate") else [body["id"]])
            return 204, {}
        found = [self.store.objects(listed)[number] for number in linked]
        return 200, {"count": len(found), "next": None, "previous": None, "results": found}


def main():
    dump, command = sys.argv[1], sys.argv[2:]
    Handler.store = Store()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**os.environ, "CONTROLLER_HOST": f"http://127.0.0.1:{server.server_port}", "CONTROLLER_OAUTH_TOKEN": "awx-lab-token"}
        status = subprocess.run(command, env=environment, check=False).returncode
        server.shutdown()
    with open(dump, "w", encoding="utf-8") as file:
        json.dump(Handler.store.dump(), file, indent=1)
    return status


if __name__ == "__main__":
    sys.exit(main())
