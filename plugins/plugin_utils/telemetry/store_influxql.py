# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of telemetry in InfluxDB 1: a database, two retention policies, a continuous query for each measurement between them, and users."""
from __future__ import annotations

import hashlib
import json
import re

from ..errors import InvalidInput
from . import refusals
from .http import call
from .store import Step, Wanted, how_long, may_keep

#: the retention policy of the means
MEANS = "downsampled"
#: continuous queries of ours: their last part is a digest of what they say, so that another text is another name
_OURS = "netslice_downsample_"
_PRIVILEGES = {"read": "READ", "write": "WRITE", "both": "ALL PRIVILEGES"}
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds_of(duration: str) -> int:
    """A duration as InfluxDB tells it, 336h0m0s, in seconds; 0s is for ever."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([wdhms])", duration))


def _name(identifier: str) -> str:
    return '"' + identifier.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _duration(seconds: int) -> str:
    return f"{seconds}s" if seconds else "INF"


def queries_of(wanted: Wanted, policy: str) -> dict[str, str]:
    """{name: statement} of the continuous queries from a retention policy to that of the means."""
    found = {}
    for measurement, fields in sorted(wanted.measurements.items()) if wanted.every else ():
        means = ", ".join(f"mean({_name(field)}) AS {_name(field)}" for field in sorted(fields))
        database = _name(wanted.bucket)
        # The window before the newest one is made once more, so that points that come late still count.
        text = (f"RESAMPLE EVERY {wanted.every}s FOR {2 * wanted.every}s BEGIN SELECT {means} INTO {database}.{_name(MEANS)}.{_name(measurement)} "
                f"FROM {database}.{_name(policy)}.{_name(measurement)} GROUP BY time({wanted.every}s), * END")
        name = f"{_OURS}{measurement}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        found[name] = f"CREATE CONTINUOUS QUERY {_name(name)} ON {database} {text}"
    return found


class InfluxqlStore:
    """Steps to and from what is wanted, by statements of an administrator. Raises TelemetryError."""

    def __init__(self, options: dict):
        self.options = options

    def _ask(self, statement, want="look at the store of telemetry", options=None) -> list[dict]:
        """Rows of the answer, as dicts; one of several tables has the name of its own as `table`."""
        body = call(options or self.options, "/query", want, bucket=self.options["influxdb_bucket"], form={"q": statement})[2]
        rows = []
        for result in json.loads(body or b"{}").get("results", ()):
            if result.get("error"):
                raise refusals.refused(self.options["influxdb_url"], want, self.options["influxdb_bucket"], 400, result["error"])
            for table in result.get("series", ()):
                rows += [{"table": table.get("name"), **dict(zip(table["columns"], values))} for values in table.get("values", ())]
        return rows

    def _step(self, words, *statements) -> Step:
        return Step(words, lambda: [self._ask(statement, "change the store of telemetry") for statement in statements] and None)

    def _policies(self, bucket) -> dict | None:
        """{policy: row}, None where there is no such database."""
        if bucket not in {row["name"] for row in self._ask("SHOW DATABASES")}:
            return None
        return {row["name"]: row for row in self._ask(f"SHOW RETENTION POLICIES ON {_name(bucket)}")}

    def _queries(self, bucket) -> set[str]:
        """Names of the continuous queries of ours in a database."""
        return {row["name"] for row in self._ask("SHOW CONTINUOUS QUERIES") if row["table"] == bucket and row["name"].startswith(_OURS)}

    def present(self, wanted: Wanted, drop_data: bool = False) -> tuple[list[Step], dict]:
        """The steps to what is wanted; there are no tokens. Raises InvalidInput where points would be lost."""
        database, policies, steps = _name(wanted.bucket), self._policies(wanted.bucket), []
        if policies is None:
            steps.append(self._step(f"make database {wanted.bucket}", f"CREATE DATABASE {database}"))
            drop_data = True  # there is nothing in it
        policies = policies or {"autogen": {"default": True, "duration": "0s"}}
        default = next((name for name, row in policies.items() if row["default"]), "autogen")
        steps += self._kept(database, default, policies[default], "retention_seconds", wanted.retention, drop_data)
        if wanted.every and MEANS not in policies:
            steps.append(self._step(f"make retention policy {MEANS}, kept {how_long(wanted.kept)}",
                                    f"CREATE RETENTION POLICY {_name(MEANS)} ON {database} DURATION {_duration(wanted.kept)} REPLICATION 1"))
        elif wanted.every:
            steps += self._kept(database, MEANS, policies[MEANS], "downsample_retention_seconds", wanted.kept, drop_data)
        steps += self._query_steps(wanted, queries_of(wanted, default))
        users = {row["user"]: row["admin"] for row in self._ask("SHOW USERS")}
        for name, rights in sorted(wanted.access.items()):
            steps += self._user_steps(wanted, name, rights, users)
        return steps, {}

    def _kept(self, database, policy, row, option, seconds, drop_data) -> list[Step]:
        """The step to a retention policy that keeps points so many seconds."""
        now = seconds_of(row["duration"])
        if now == seconds:
            return []
        may_keep(f"retention policy {policy} of database {database}", option, now, seconds, drop_data)
        return [self._step(f"keep retention policy {policy} {how_long(seconds)}",
                           f"ALTER RETENTION POLICY {_name(policy)} ON {database} DURATION {_duration(seconds)}")]

    def _query_steps(self, wanted, queries):
        there, database = self._queries(wanted.bucket), _name(wanted.bucket)
        drop = [self._step(f"remove continuous query {name}", f"DROP CONTINUOUS QUERY {_name(name)} ON {database}") for name in sorted(there - set(queries))]
        return drop + [self._step(f"make continuous query {name}", queries[name]) for name in sorted(set(queries) - there)]

    def _user_steps(self, wanted, name, rights, users):
        password, database, steps = wanted.passwords.get(name), _name(wanted.bucket), []
        if users.get(name):
            raise InvalidInput(f"access: {name} is an administrator of InfluxDB, which is more than {rights}; name another user")
        if name not in users:
            if not password:
                raise InvalidInput(f"access: user {name} of InfluxDB 1 is not there, and has no password to be made with; state password")
            steps.append(self._step(f"make user {name}", f"CREATE USER {_name(name)} WITH PASSWORD {_literal(password)}"))
        elif password and not self._accepted(name, password):
            steps.append(self._step(f"set the password of user {name}", f"SET PASSWORD FOR {_name(name)} = {_literal(password)}"))
        grants = self._grants(name) if name in users else {}
        if grants.get(wanted.bucket) != _PRIVILEGES[rights]:
            steps.append(self._step(f"let user {name} {rights if rights != 'both' else 'read and write'}",
                                    f"GRANT {_PRIVILEGES[rights].split()[0]} ON {database} TO {_name(name)}"))
        return steps

    def _grants(self, name) -> dict:
        """{database: what a user may do there}."""
        return {row["database"]: row["privilege"] for row in self._ask(f"SHOW GRANTS FOR {_name(name)}") if row["privilege"] != "NO PRIVILEGES"}

    def _removal(self, name, bucket) -> list[Step]:
        """The step that takes its rights from a user, and the user with them where it may do nothing else."""
        grants = self._grants(name)
        if not grants.keys() - {bucket}:
            return [self._step(f"remove user {name}", f"DROP USER {_name(name)}")]
        return [self._step(f"let user {name} no longer do anything here", f"REVOKE ALL ON {_name(bucket)} FROM {_name(name)}")] if bucket in grants else []

    def _accepted(self, name, password) -> bool:
        """Whether the server takes the password of a user."""
        own = {**self.options, "influxdb_token": None, "influxdb_username": name, "influxdb_password": password}
        return call(own, "/query", "try a password", form={"q": "SHOW DATABASES"}, tolerate=True)[0] == 200

    def absent(self, wanted: Wanted, drop_data: bool) -> list[Step]:
        """The steps that remove the continuous queries and the users named, and with drop_data the database."""
        steps = self._query_steps(wanted, {}) if self._policies(wanted.bucket) is not None else []
        users = {row["user"] for row in self._ask("SHOW USERS") if not row["admin"]}
        steps += [step for name in sorted(set(wanted.access) & users) for step in self._removal(name, wanted.bucket)]
        if drop_data and self._policies(wanted.bucket) is not None:
            steps.append(self._step(f"remove database {wanted.bucket} with all points in it", f"DROP DATABASE {_name(wanted.bucket)}"))
        return steps
