#!/usr/bin/env bash
# A slice with a range6 and real guests: the way from the world and back, and what a guest cannot do to its neighbour.
set -eu
play=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice/tests/lab/play-in-lab.sh
"$play" qemu play.yml "$@"
