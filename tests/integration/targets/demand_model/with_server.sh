#!/usr/bin/env bash
# Beside one InfluxDB: a short training with version 1; with version 2 the life of a registry, two trainings at once, and one that is killed.
set -eux
models=${OUTPUT_DIR:-/tmp}/models
export TARGET_MODELS=$models ANSIBLE_NOCOLOR=1
rm -rf "$models"
python telemetry.py
play() { ansible-playbook -i localhost, "$@"; }

if [ "$NETSLICE_INFLUXDB_VERSION" = 1 ]; then
    play once.yml "$@"
    exit
fi
play life.yml "$@"

# The process at work, a worker of Ansible in a session of its own, is the one that holds the lock; its playbook ends when it does.
ansible-playbook -i localhost, train.yml -e target_batches=4000 -e target_seed=9 > killed.log 2>&1 &
first=$!
for _ in $(seq 600); do
    ! grep -q 'loss' killed.log || break
    kill -0 $first || { cat killed.log; exit 1; }
    sleep 0.5
done
before=$(cat "$models/current")
if play train.yml -e target_batches=16 -e target_seed=10 > second.log 2>&1; then cat second.log; exit 1; fi
grep -q 'another training (process [0-9]*) is at work there' second.log
sleep 12
kill -9 "$(cat "$models/.lock")"
if wait $first; then cat killed.log; exit 1; fi
python lines.py killed.log
[ "$before" = "$(cat "$models/current")" ]

# What the killed training left is in nobody's way: the next one does its work, and the one after that has nothing to do.
play train.yml -e target_batches=16 -e target_seed=9 | tee next.log
grep -q 'changed=1 ' next.log
[ -z "$(find "$models" -maxdepth 1 -name '.version-*' -o -maxdepth 1 -name .pending)" ]
play train.yml -e target_batches=16 -e target_seed=9 | tee after.log
grep -q 'changed=0 ' after.log
