#!/usr/bin/env bash
# start-lab.sh DIR [ARGUMENT...]: a lab of lab.py with these arguments in the background; ends once it is ready, or prints the lab's log and fails.
# Whoever starts it ends it, by lab.py down --dir DIR. Its log is DIR/lab.log.
set -eu
lab=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$lab"
python "$here/lab.py" up --dir "$lab" "$@" >"$lab/lab.log" 2>&1 </dev/null &
# Ten minutes, for the kernel of guests that may have to be fetched first, and for a machine that is busy.
for _ in $(seq 3000); do
    grep -q '^lab: ready' "$lab/lab.log" && exit 0
    kill -0 $! 2>/dev/null || break
    sleep 0.2
done
echo "start-lab: the lab is not ready; its log:" >&2
cat "$lab/lab.log" >&2
exit 1
