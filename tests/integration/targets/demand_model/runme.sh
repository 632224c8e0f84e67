#!/usr/bin/env bash
# Trainings on a private InfluxDB of each version at hand; one that is not is skipped with a word.
set -eux
root=${ANSIBLE_COLLECTIONS_PATH%%:*}
export PYTHONPATH=$root:${PYTHONPATH:-} ANSIBLE_FORCE_COLOR=false
for version in 1 2; do
    timeout -k 10 1500 python "$root/ansible_collections/foresight/netslice/tests/lab/influx.py" --version $version \
        bash with_server.sh "$@" || [ $? = 77 ]
done
