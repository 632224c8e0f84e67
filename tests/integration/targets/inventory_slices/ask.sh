#!/usr/bin/env bash
# Decisions of a pass are recorded; then the inventory is asked as ansible-inventory and a playbook would.
set -eux
work=${work:?}
rm -rf "${work:?}"/*
ansible-playbook -i kvm1, record.yml "$@"

cat >"$work/all.netslice.yml" <<END
plugin: foresight.netslice.slices
as_of: 2026-01-05T08:05:00Z
strict: true
compose:
  ansible_user: "'of_' ~ netslice_slice"
keyed_groups:
  - {key: netslice_slice_state, prefix: slice_is, separator: _}
groups:
  first: netslice_vip.endswith('.2')
END
ansible-inventory -i "$work/all.netslice.yml" --list >"$work/all.json"
python check.py all "$work/all.json"
sed '/as_of/d' "$work/all.netslice.yml" >"$work/now.netslice.yml" # nothing was decided within the last day
[ "$(ansible-inventory -i "$work/now.netslice.yml" --list | jq '._meta.hostvars | length')" = 0 ]

# What was cached is given again after InfluxDB cannot be asked any more.
cat >"$work/cached.netslice.yml" <<END
plugin: foresight.netslice.slices
slices: [web]
as_of: 2026-01-05T08:05:00Z
states: [active]
influxdb_url: "{{ lookup('ansible.builtin.env', 'CACHED_URL') }}"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: $work/cache
END
CACHED_URL=$NETSLICE_INFLUXDB_URL ansible-inventory -i "$work/cached.netslice.yml" --list >"$work/cached.json"
python check.py web "$work/cached.json"
CACHED_URL=http://127.0.0.1:9 ansible-inventory -i "$work/cached.netslice.yml" --list | cmp - "$work/cached.json"
rm -r "$work/cache"
CACHED_URL=http://127.0.0.1:9 ansible-inventory -i "$work/cached.netslice.yml" --list >"$work/refused.json" 2>"$work/refused.log"
tr -s ' \n' ' ' <"$work/refused.log" | grep -q 'Cannot list the VMs of slices for .*127.0.0.1:9'

# The hypervisors are asked in place of InfluxDB.
cat >"$work/node.xml" <<END
<node>
  <domain type="test"><name>web-10-90-2-2</name><uuid>07f3f7b9-c64a-5d4b-bc6b-f67ff7818673</uuid>
    <metadata><netslice:vm xmlns:netslice="urn:foresight:netslice:1" slice="web" vip="10.90.2.2" lifecycle="active" generation="1"
      since="2026-01-05T07:00:00Z"/></metadata>
    <memory>65536</memory><os><type>hvm</type></os></domain>
</node>
END
printf 'plugin: foresight.netslice.slices\nlibvirt_uris: {kvm9: "test://%s/node.xml"}\n' "$work" >"$work/libvirt.netslice.yml"
ansible-inventory -i "$work/libvirt.netslice.yml" --list >"$work/libvirt.json"
python check.py libvirt "$work/libvirt.json"

# Not for this plugin: another name, another file.
cp "$work/all.netslice.yml" "$work/all.yml"
[ "$(ansible-inventory -i "$work/all.yml" --list 2>/dev/null | jq '._meta.hostvars | length')" = 0 ]
