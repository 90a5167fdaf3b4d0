#!/bin/sh
# Runs a command where the machine says that it is an Ubuntu: its name, its architecture, its apt configuration.
# Arguments: folder with os-release, architecture and apt/, command for /bin/sh. Nobody else on the machine sees it.
set -eu
folder=$1 command=$2
mkdir -p "$folder/bin" "$folder/keyrings"
: > "$folder/keyrings/ubuntu-archive-keyring.gpg"
printf '#!/bin/sh\ncat %s/architecture\n' "$folder" > "$folder/bin/dpkg"
chmod +x "$folder/bin/dpkg"
# shellcheck disable=SC2016 # the inner shell expands
exec unshare --mount sh -ec '
  mount --bind "$1/os-release" /etc/os-release
  mount --bind "$1/apt" /etc/apt
  mount --bind "$1/keyrings" /usr/share/keyrings
  PATH="$1/bin:$PATH" exec sh -c "$2"
' as-ubuntu "$folder" "$command"
