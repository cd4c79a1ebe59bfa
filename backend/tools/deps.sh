#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages named that are not there yet. Servers that they bring (nginx, Postgres) are kept from
# starting: Forge runs its own, private ones.
set -eu
missing=()
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
command -v node >/dev/null && command -v npm >/dev/null || missing+=(nodejs npm)
# Programs that read Parquet run /usr/bin/node by its whole path, wherever another node may be.
[ -x /usr/bin/node ] || case " ${missing[*]:-} " in *" nodejs "*) ;; *) missing+=(nodejs) ;; esac
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null; then sudo=sudo; else
	echo "These Debian packages are missing: ${missing[*]}" >&2
	echo "Installing them needs root; run this as root, or install sudo." >&2
	exit 1
fi
command -v apt-get >/dev/null || { echo "This is not a Debian system; install by your own means: ${missing[*]}" >&2; exit 1; }
echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
# No cluster and no server of the distribution's. The policy file is removed again; createcluster.conf stays, since
# a later upgrade would otherwise make the cluster that nobody asked for.
conf=/etc/postgresql-common/createcluster.conf
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e $conf ]; then $sudo mkdir -p "$(dirname $conf)"; echo "create_main_cluster = false" | $sudo tee $conf >/dev/null; fi
if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null; $sudo chmod 755 $policy; made_policy=yes; fi
restore() {
	if [ $made_policy = yes ]; then $sudo rm -f $policy; fi
}
trap restore EXIT
install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}"; }
log=$(mktemp)
if ! { install || { $sudo apt-get update -q && install; }; } >"$log" 2>&1; then
	tail -n 15 "$log" >&2
	echo "apt-get could not install them; its whole output is in $log" >&2
	exit 1
fi
rm -f "$log"
