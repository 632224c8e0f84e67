#!/usr/bin/env bash
# inside.sh VERSION: layers over the folders the role writes to, a lab with that InfluxDB, the role, its passes, and its removal.
set -eux
version=$1 work=${work:?} collection=${collection:?}
shift
mount -t tmpfs none "$work"
for at in etc usr/local var/lib; do
    mkdir -p "$work/$at/"{over,work}
    mount -t overlay overlay -o "lowerdir=/$at,upperdir=$work/$at/over,workdir=$work/$at/work" "/$at"
done
trap 'python "$collection/tests/lab/lab.py" down --dir "$work/lab"' EXIT
"$collection/tests/lab/start-lab.sh" "$work/lab" --hypervisors 1 --influxdb "$version" --driver test
if [ "$version" = 1 ]; then # what may differ from version 2
    ansible-playbook -i localhost, install.yml "$@"
    python passes.py one
    exit 0
fi
python -m venv --without-pip "$work/bare"
ansible-playbook -i localhost, refused.yml "$@"
ansible-playbook -i localhost, install.yml --check --diff "$@" | tee "$work/check.log"
grep -q '^localhost .*changed=[1-9].* failed=0' "$work/check.log"
[ ! -e /etc/netslice-reconciler.json ] && [ ! -e /usr/local/lib/netslice-reconciler ]
ansible-playbook -i localhost, install.yml "$@" | tee "$work/install.log"
grep -q 'has no systemd. Have its supervisor run, as root:' "$work/install.log"
ansible-playbook -i localhost, install.yml "$@" | tee "$work/again.log"
grep -q '^localhost .*changed=0 ' "$work/again.log"
# As texts, as they come from the command line, they are the same.
ansible-playbook -i localhost, install.yml -e reconciler_interval_seconds=10 -e reconciler_timeout_seconds=120 -e reconciler_max_age_seconds=60 \
    -e reconciler_keep=4 -e reconciler_keep_mib=200 -e "reconciler_inventory=$work/lab/inventory.yml" "$@" | tee "$work/texts.log"
grep -q '^localhost .*changed=0 ' "$work/texts.log"
ansible-playbook -i localhost, units.yml "$@"
python passes.py all
touch /var/lib/netslice-reconciler/of-somebody-else
if ansible-playbook -i localhost, install.yml -e reconciler_state=absent -e reconciler_directory= "$@" >"$work/nowhere.log"; then exit 1; fi
tr -s ' \n' ' ' <"$work/nowhere.log" | grep -q 'reconciler_directory must be an absolute path'
ansible-playbook -i localhost, install.yml -e reconciler_state=absent "$@"
[ "$(ls -A /var/lib/netslice-reconciler)" = of-somebody-else ]
rm /var/lib/netslice-reconciler/of-somebody-else
ansible-playbook -i localhost, install.yml -e reconciler_state=absent "$@"
ansible-playbook -i localhost, install.yml -e reconciler_state=absent "$@" | tee "$work/absent.log"
grep -q '^localhost .*changed=0 ' "$work/absent.log"
for path in /var/lib/netslice-reconciler /usr/local/lib/netslice-reconciler /etc/netslice-reconciler.json "$work/netslice.prom"; do
    [ ! -e "$path" ]
done
