# Points apt at mirrors, or back at the distribution's own archives, and says "changed" when that was not so.
# Arguments: mirror, mirror of Ubuntu's ports archive, mirror for security updates (each may be empty).
# With check=yes it only says whether there is something to change.
# shellcheck shell=sh
set -eu
export LC_ALL=C
# shellcheck disable=SC1091 # stands on every machine
. /etc/os-release
mirror=$1 ports=$2 security=$3
case $ID-$(dpkg --print-architecture) in
  ubuntu-amd64 | ubuntu-i386) ;;
  ubuntu-*) mirror=$ports ;;
esac
cd /etc/apt
whole=sources.list.d/$ID.sources
aside=coursebox-aside

# Prints a line "URI suite" for each entry of one-line and deb822 files.
entries() {
  cat "$@" 2> /dev/null | awk '
    function flush(  i, n, parts) {
      n = split(suites, parts, " ")
      for (i = 1; i <= n; i++) print uri, parts[i]
      uri = suites = ""
    }
    /^deb / { sub(/^deb +(\[[^]]*\] +)?/, ""); print $1, $2 }
    /^URIs:/ { uri = $2 }
    /^Suites:/ { suites = $0; sub(/^Suites: */, "", suites) }
    /^[ \t]*$/ { flush() }
    END { flush() }'
}

stanza() { # URI suites
  printf '\nTypes: deb\nURIs: %s\nSuites: %s\nComponents: %s\n' "$1" "$2" "$components"
  if [ -n "$signed" ]; then echo "Signed-By: $signed"; fi
}

# shellcheck disable=SC2086 # $own holds two names without blanks
compose() {
  components=main
  if [ "$ID" = ubuntu ]; then components='main restricted universe multiverse'; fi
  signed=$(find /usr/share/keyrings -name "$ID-archive-keyring.*" | sort -r | head -n 1)
  suites=$(entries $own | awk '$2 !~ /-security$/ { print $2 }' | sort -u | tr '\n' ' ')
  [ -n "$suites" ] || suites="$VERSION_CODENAME $VERSION_CODENAME-updates"
  official=$(entries $own | awk '$2 !~ /-security$/ { print $1; exit }')
  official_security=$(entries $own | awk '$2 ~ /-security$/ { print $1; exit }')
  echo '# Written by coursebox; what stood here before is in /etc/apt/coursebox-aside.'
  stanza "${mirror:-$official}" "${suites% }"
  if [ -n "${security:-$official_security}" ]; then
    stanza "${security:-$official_security}" "$VERSION_CODENAME-security"
  fi
}

if [ -n "$mirror$security" ]; then
  if [ -d "$aside" ]; then own="$aside/sources.list $aside/$ID.sources"; else own="sources.list $whole"; fi
  composed=$(compose)
  if [ "$(cat "$whole" 2> /dev/null)" = "$composed" ] && [ ! -s sources.list ]; then exit 0; fi
  echo changed
  if [ "${check:-}" = yes ]; then exit 0; fi
  if [ ! -d "$aside" ]; then
    rm -rf "$aside.new"
    mkdir "$aside.new"
    for file in $own; do
      if [ -f "$file" ]; then cp -p "$file" "$aside.new/"; fi
    done
    mv "$aside.new" "$aside"
  fi
  printf '%s\n' "$composed" > "$whole.new"
  mv "$whole.new" "$whole"
  : > sources.list
elif [ -d "$aside" ]; then
  echo changed
  if [ "${check:-}" = yes ]; then exit 0; fi
  rm -f "$whole"
  # With the date of now, so that they are newer than the mirror's lists.
  if [ -f "$aside/$ID.sources" ]; then cp "$aside/$ID.sources" "$whole"; fi
  if [ -f "$aside/sources.list" ]; then cp "$aside/sources.list" sources.list; else rm -f sources.list; fi
  rm -r "$aside"
fi
