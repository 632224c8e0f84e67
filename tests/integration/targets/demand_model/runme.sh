#!/usr/bin/env bash
# A private InfluxDB with twelve days of telemetry, and a short training on it.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:$collection/tests/lab:${PYTHONPATH:-}
exec timeout -k 10 300 python ../analytics_telemetry/with_telemetry.py 12 ansible-playbook -i localhost, test.yml "$@"
