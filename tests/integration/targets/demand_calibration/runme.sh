#!/usr/bin/env bash
# Days of telemetry and passes in a private InfluxDB of each version at hand, calibrated and judged; one that is not is skipped with a word.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
for version in 1 2; do
    timeout -k 10 900 python "$collection/tests/lab/influx.py" --version $version \
        bash -c 'python life.py live && ansible-playbook -i localhost, test.yml "$@"' bash "$@" || [ $? = 77 ]
done
