#!/usr/bin/env bash
# A private InfluxDB with eight days of telemetry, and the lookup against it. timeout: a worker that waits for threads of its parent never ends.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:$collection/tests/lab:${PYTHONPATH:-}
exec timeout -k 10 300 python ../analytics_telemetry/with_telemetry.py 8 ansible-playbook -i localhost, test.yml "$@"
