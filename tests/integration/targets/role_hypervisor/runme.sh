#!/usr/bin/env bash
# The role on a hypervisor of the lab, in a mount namespace whose /etc and /var/lib are a layer over the real ones.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export collection PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-} work
if ! unshare --mount true 2>/dev/null; then
    echo "skipped: no mount namespace can be made here"
    exit 0
fi
work=$(mktemp -d /tmp/netslice-role-hypervisor.XXXXXX)
trap 'rm -rf "$work"' EXIT
timeout 1500 unshare --mount bash -eux -o pipefail -s "$@" <<'INSIDE'
mount -t tmpfs none "$work"
for at in etc var/lib; do
    mkdir -p "$work/$at/"{over,work}
    mount -t overlay overlay -o "lowerdir=/$at,upperdir=$work/$at/over,workdir=$work/$at/work" "/$at"
done
python -m venv --without-pip "$work/bare"
trap 'python "$collection/tests/lab/lab.py" down --dir "$work/lab"' EXIT
"$collection/tests/lab/start-lab.sh" "$work/lab" --hypervisors 1 --influxdb none --driver test
ansible-playbook -i "$work/lab/inventory.yml" check.yml --check --diff "$@" | tee "$work/check.log"
grep -q 'Would install netslice-no-such-package' "$work/check.log"
grep -q 'kvm1 cannot carry slices yet: libvirt at test+unix:///default (ModuleNotFoundError' "$work/check.log"
ansible-playbook -i "$work/lab/inventory.yml" test.yml "$@"
ansible-playbook -i "$work/lab/inventory.yml" again.yml --check "$@" | tee "$work/again.log"
ansible-playbook -i "$work/lab/inventory.yml" again.yml "$@" | tee -a "$work/again.log"
[ "$(grep -c '^kvm1 .*changed=0 ' "$work/again.log")" = 2 ]
INSIDE
