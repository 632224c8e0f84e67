# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of the collector as line protocol, and the way of them into InfluxDB. Needs Python 3.9 and no other library."""
from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request

REFUSED = (400, 413, 422)  # points that cannot be read, are too many at once, or too old for the bucket
SECONDS = 20


class Failure(Exception):
    """What cannot be measured or sent, why, and what to do."""


class Refused(Failure):
    """InfluxDB answered that it takes these points never, so that to hold them would keep the later ones from it too."""


def escaped(text):
    return re.sub(r"([,= ])", r"\\\1", str(text))


def line(measurement, tags, fields, now):
    """One line of line protocol with its time in nanoseconds, None where no field has a value."""
    values = ",".join(f"{name}={_value(value)}" for name, value in fields.items() if value is not None)
    return f"{measurement}{''.join(f',{name}={escaped(value)}' for name, value in tags.items() if value)} {values} {int(now)}000000000" if values else None


def _value(value):
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"{value}i" if isinstance(value, int) else repr(value)


def send(config, lines):
    """Write lines to InfluxDB: version 2 where there is a token, else version 1. Raises Failure."""
    url, headers = config["url"].rstrip("/"), {"Content-Type": "text/plain; charset=utf-8"}
    if config.get("token"):
        query = {"org": config.get("org") or "", "bucket": config["bucket"]}
        path, headers["Authorization"] = "/api/v2/write?", f"Token {config['token']}"
    else:
        query, path = {"db": config["bucket"]}, "/write?"
        if config.get("username"):
            pair = f"{config['username']}:{config.get('password') or ''}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    context = ssl.create_default_context() if config.get("validate_certs", True) else ssl._create_unverified_context()
    request = urllib.request.Request(url + path + urllib.parse.urlencode(query), "\n".join(lines).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS, context=context) as reply:
            reply.read()
    except urllib.error.HTTPError as exc:
        text = exc.read().decode(errors="replace").strip()[:300]
        said = f"Cannot write to {config['bucket']} at {url}: HTTP {exc.code}: {text}."
        if exc.code in REFUSED:
            raise Refused(f"{said} These {len(lines)} points are not sent again. Look at what it names: the clock of this host, or how long the bucket keeps "
                          f"points.") from exc
        raise Failure(f"{said} Correct bucket, org or credentials.") from exc
    except (OSError, http.client.HTTPException) as exc:
        raise Failure(f"Cannot write to {config['bucket']} at {url}: {exc}. Start InfluxDB, or correct url.") from exc
