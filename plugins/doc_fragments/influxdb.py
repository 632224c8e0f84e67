# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """The connection options of InfluxDB.

    Lookups extend `foresight.netslice.influxdb`, whose options name the variables, environment and ini keys they come from.
    Documentation of modules may not name them, so modules extend `foresight.netslice.influxdb.module`, which says so in words.
    """

    DOCUMENTATION = r"""
options:
  influxdb_url:
    description:
      - The URL of InfluxDB, with V(http://) or V(https://).
    type: str
    default: http://127.0.0.1:8086
    vars: [{name: netslice_influxdb_url}]
    env: [{name: NETSLICE_INFLUXDB_URL}]
    ini: [{section: netslice, key: influxdb_url}]
  influxdb_token:
    description:
      - The token of InfluxDB 2 that may read, and where points are written also write, the buckets in use.
      - Without a token O(influxdb_username) and O(influxdb_password) are used, and without these no credentials are sent.
    type: str
    vars: [{name: netslice_influxdb_token}]
    env: [{name: NETSLICE_INFLUXDB_TOKEN}]
    ini: [{section: netslice, key: influxdb_token}]
  influxdb_org:
    description:
      - The organization of InfluxDB 2.
      - InfluxDB 1 has none, and the option is not used there.
    type: str
    vars: [{name: netslice_influxdb_org}]
    env: [{name: NETSLICE_INFLUXDB_ORG}]
    ini: [{section: netslice, key: influxdb_org}]
  influxdb_bucket:
    description:
      - The bucket of InfluxDB 2, or the database of InfluxDB 1, optionally followed by a slash and the retention policy.
      - Slices that name a bucket of their own are read from that one.
    type: str
    default: telemetry
    vars: [{name: netslice_influxdb_bucket}]
    env: [{name: NETSLICE_INFLUXDB_BUCKET}]
    ini: [{section: netslice, key: influxdb_bucket}]
  influxdb_username:
    description:
      - The user of InfluxDB 1.
    type: str
    vars: [{name: netslice_influxdb_username}]
    env: [{name: NETSLICE_INFLUXDB_USERNAME}]
    ini: [{section: netslice, key: influxdb_username}]
  influxdb_password:
    description:
      - The password of O(influxdb_username).
    type: str
    vars: [{name: netslice_influxdb_password}]
    env: [{name: NETSLICE_INFLUXDB_PASSWORD}]
    ini: [{section: netslice, key: influxdb_password}]
  influxdb_dialect:
    description:
      - The language of the queries.
      - V(auto) asks the server for its version and takes V(flux) for version 2 and V(influxql) for the others.
    type: str
    choices: [auto, flux, influxql]
    default: auto
    vars: [{name: netslice_influxdb_dialect}]
    env: [{name: NETSLICE_INFLUXDB_DIALECT}]
    ini: [{section: netslice, key: influxdb_dialect}]
  influxdb_timeout_seconds:
    description:
      - The number of seconds to wait for a connection, and for each piece of an answer.
    type: float
    default: 60
    vars: [{name: netslice_influxdb_timeout_seconds}]
    env: [{name: NETSLICE_INFLUXDB_TIMEOUT_SECONDS}]
    ini: [{section: netslice, key: influxdb_timeout_seconds}]
  influxdb_validate_certs:
    description:
      - Whether the certificate of an V(https://) server is validated.
    type: bool
    default: true
    vars: [{name: netslice_influxdb_validate_certs}]
    env: [{name: NETSLICE_INFLUXDB_VALIDATE_CERTS}]
    ini: [{section: netslice, key: influxdb_validate_certs}]
"""

    MODULE = r"""
options:
  influxdb_url:
    description:
      - The URL of InfluxDB, with V(http://) or V(https://).
      - When omitted, it is looked for as the notes say, and without success V(http://127.0.0.1:8086) is taken.
    type: str
  influxdb_token:
    description:
      - The token of InfluxDB 2 that may read, and where points are written also write, the buckets in use.
      - Without a token O(influxdb_username) and O(influxdb_password) are used, and without these no credentials are sent.
      - When omitted, it is looked for as the notes say.
    type: str
  influxdb_org:
    description:
      - The organization of InfluxDB 2.
      - InfluxDB 1 has none, and the option is not used there.
      - When omitted, it is looked for as the notes say.
    type: str
  influxdb_bucket:
    description:
      - The bucket of InfluxDB 2, or the database of InfluxDB 1, optionally followed by a slash and the retention policy.
      - Slices that name a bucket of their own are read from that one.
      - When omitted, it is looked for as the notes say, and without success V(telemetry) is taken.
    type: str
  influxdb_username:
    description:
      - The user of InfluxDB 1.
      - When omitted, it is looked for as the notes say.
    type: str
  influxdb_password:
    description:
      - The password of O(influxdb_username).
      - When omitted, it is looked for as the notes say.
    type: str
  influxdb_dialect:
    description:
      - The language of the queries.
      - V(auto) asks the server for its version and takes V(flux) for version 2 and V(influxql) for the others.
      - When omitted, it is looked for as the notes say, and without success V(auto) is taken.
    type: str
    choices: [auto, flux, influxql]
  influxdb_timeout_seconds:
    description:
      - The number of seconds to wait for a connection, and for each piece of an answer.
      - When omitted, it is looked for as the notes say, and without success V(60) is taken.
    type: float
  influxdb_validate_certs:
    description:
      - Whether the certificate of an V(https://) server is validated.
      - When omitted, it is looked for as the notes say, and without success V(true) is taken.
    type: bool
notes:
  - An omitted connection option is looked for in the variable C(netslice_<option>), then in the environment variable C(NETSLICE_<OPTION>),
    then in the key of its name in section C([netslice]) of C(ansible.cfg).
"""
