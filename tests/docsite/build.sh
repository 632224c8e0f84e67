#!/usr/bin/env bash
# build.sh OUT: the site of the collection that this script is part of, in OUT/html: the reference of plugins and roles, and docs/*.md as guides.
# The collection stands in a tree of collections that ANSIBLE_COLLECTIONS_PATH names. Warnings are errors.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$here/../.."
rm -rf "$out/source" "$out/html"
install -d -m 0755 "$out/source"
antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir "$out/source" foresight.netslice
install -D -m 0644 -t "$out/source/guides" docs/*.md
install -m 0644 -t "$out/source" "$here/conf.py" "$here/home.rst"
sphinx-build -q -W --keep-going -b html "$out/source" "$out/html"
