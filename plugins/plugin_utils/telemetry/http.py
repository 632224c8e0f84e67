# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to InfluxDB where its client library is not used: detection, InfluxQL."""
from __future__ import annotations

import http.client
import ssl
import urllib.error
from urllib.parse import urlencode

from ansible.module_utils.urls import ConnectionError as UrlsError
from ansible.module_utils.urls import open_url

from . import refusals

BLOCK = 1 << 20


def call(options: dict, path: str, want: str, *, bucket="", form=None, body=None, headers=None, tolerate=False, own_query=False, method=None):
    """One request, answered whole: (status, headers, body). tolerate: an error status is an answer too. Raises TelemetryError.

    method: GET without a body and POST with one, where it is not stated.
    """
    with_reply = stream(options, path, want, bucket=bucket, form=form, body=body, headers=headers, tolerate=tolerate, own_query=own_query, method=method)
    status, reply_headers = next(with_reply)
    return status, reply_headers, b"".join(with_reply)


def stream(options, path, want, *, bucket="", form=None, body=None, headers=None, tolerate=False, own_query=False, method=None):
    """One request: yields (status, headers), then pieces of the body. Raises TelemetryError."""
    url, timeout = options["influxdb_url"].rstrip("/"), float(options["influxdb_timeout_seconds"])
    data = urlencode(form).encode() if form is not None else body
    headers = dict(headers or {}, **authorization(options))
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        with _open(url + path, data, headers, timeout, options, tolerate, method) as reply:
            yield reply.status, reply.headers
            while block := reply.read(BLOCK):
                yield block
    except urllib.error.HTTPError as exc:
        raise refusals.refused(url, want, bucket, exc.code, exc.read().decode("utf-8", "replace"), own_query) from exc
    except (OSError, http.client.HTTPException, UrlsError, ValueError) as exc:
        if isinstance(getattr(exc, "reason", exc), TimeoutError):
            raise refusals.too_slow(url, want, timeout) from exc
        raise refusals.unreachable(url, want, exc) from exc


def _open(url, data, headers, timeout, options, tolerate, method):
    """The answer. No redirect is followed, as it would take the credentials elsewhere; no ~/.netrc takes the place of the options."""
    try:
        return open_url(url, data=data, headers=headers, method=method or ("GET" if data is None else "POST"), timeout=timeout,
                        validate_certs=options.get("influxdb_validate_certs", True), http_agent="foresight.netslice",
                        follow_redirects="none", use_netrc=False)
    except urllib.error.HTTPError as exc:
        if not tolerate:
            raise
        return exc
    except ssl.SSLError as exc:
        raise OSError(str(exc)) from exc


def authorization(options: dict) -> dict:
    """The header with the credentials: a token, else user and password, else none."""
    if options.get("influxdb_token"):
        return {"Authorization": f"Token {options['influxdb_token']}"}
    if options.get("influxdb_username"):
        import base64
        pair = f"{options['influxdb_username']}:{options.get('influxdb_password') or ''}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    return {}
