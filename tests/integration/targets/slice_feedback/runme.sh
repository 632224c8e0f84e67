#!/usr/bin/env bash
# What is learned and proposed from a private InfluxDB of each version at hand; one that is not is skipped with a word.
set -eux
root=${ANSIBLE_COLLECTIONS_PATH%%:*}
export PYTHONPATH=$root:${PYTHONPATH:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 1 2; do
    export FEEDBACK_FOLDER=$work/$version
    mkdir "$FEEDBACK_FOLDER"
    timeout 1500 python "$root/ansible_collections/foresight/netslice/tests/lab/influx.py" --version $version \
        bash -c 'python fill.py && ansible-playbook -i localhost, -e @slices.yml test.yml "$@" && bash playbook.sh' bash "$@" || [ $? = 77 ]
done
