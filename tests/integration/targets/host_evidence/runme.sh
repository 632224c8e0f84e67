#!/usr/bin/env bash
# Hosts that fall silent, judged and fenced by the tasks of the role, with a private InfluxDB of each version at hand; one that is not is skipped with a word.
# In a network namespace without any route, so that nothing on the way answers in place of the host that is gone.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
for version in 1 2; do
    timeout -k 10 600 unshare --net --fork --kill-child=TERM bash -c 'ip link set lo up && exec "$@"' inside \
        python "$collection/tests/lab/influx.py" --version $version bash -c 'python telemetry.py && ansible-playbook -i hosts.yml test.yml "$@"' bash "$@" || [ $? = 77 ]
done
