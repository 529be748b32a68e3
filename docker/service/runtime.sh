#!/bin/sh
# Copies Node and the libraries it is linked with to a directory that becomes the root of an image.
set -eu
root=$1
node=/usr/local/bin/node

mkdir -p "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
for file in "$node" $(ldd "$node" | grep --only-matching '/[^ ]*'); do
  mkdir -p "$root$(dirname "$file")"
  cp --dereference "$file" "$root$file"
done
# User node (1000), and name resolution: /etc/hosts before DNS.
grep -E '^(root|node):' /etc/passwd >"$root/etc/passwd"
grep -E '^(root|node):' /etc/group >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
cp /etc/os-release "$root/etc/os-release"
# Lets image scanners see which packages the libraries come from.
mkdir -p "$root/var/lib/dpkg/status.d"
for file in $(ldd "$node" | grep --only-matching '/[^ ]*'); do
  package=$(dpkg --search "*/$(basename "$file")" | head -n 1 | cut -d : -f 1)
  dpkg --status "$package" >"$root/var/lib/dpkg/status.d/$package"
done
