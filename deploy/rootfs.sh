#!/bin/sh
# The root file system of Reeve's image: the binary, the libraries that it loads, certificates, its user.
#
#   rootfs.sh BINARY DIRECTORY
#
# The Containerfile runs it in its first stage; the tests make the same image with it without a container
# builder. The libraries and certificates are those of the machine it runs on.
set -eu

binary=$1 root=$2

mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/tmp" "$root/var/lib/reeve"
# Whatever user the image runs as, and whether or not a volume is mounted there.
chmod 1777 "$root/tmp" "$root/var/lib/reeve"

cp "$binary" "$root/usr/bin/reeve"
chmod 755 "$root/usr/bin/reeve"
for library in $(ldd "$binary" | grep --only-matching '/[^ )]*'); do
  mkdir -p "$root${library%/*}"
  cp --dereference "$library" "$root$library"
done

# Clusters, webhooks and PostgreSQL are called with TLS.
cp --dereference /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

echo 'reeve:x:10001:10001:Reeve:/var/lib/reeve:/sbin/nologin' >"$root/etc/passwd"
echo 'reeve:x:10001:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
