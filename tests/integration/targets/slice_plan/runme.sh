#!/usr/bin/env bash
# A private InfluxDB with eight days of telemetry, three hypervisors of which kvm3 never answers, and the hosts' part played by apply.py.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:$collection/tests/lab:${PYTHONPATH:-}
telemetry() { timeout -k 10 300 python ../analytics_telemetry/with_telemetry.py 8 "$@"; }
telemetry ansible-playbook -i hosts test.yml "$@"
# --limit hides kvm2: what it may carry is neither made again nor taken away
telemetry ansible-playbook -i hosts limited.yml --limit kvm1 "$@"
