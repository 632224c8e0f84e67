#!/usr/bin/env bash
# What runme.sh has done beside InfluxDB of the version $1.
set -eux
DIALECT=flux
[ "$1" != 1 ] || DIALECT=influxql
DASHBOARDS=$(mktemp -d)
export DIALECT DASHBOARDS
trap 'rm -rf "$DASHBOARDS"' EXIT
shift
python fill.py
ansible-playbook -i hosts, test.yml "$@"
python dashboard_fill.py
ansible-playbook -i hosts, dashboard.yml "$@"
python dashboard_ask.py "$DIALECT" "$DASHBOARDS/slices.json"
