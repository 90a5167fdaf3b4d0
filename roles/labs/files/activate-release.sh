# Unpacks $archive and makes it the current release, which is the old one or the new one at any moment; $kept releases stay.
# shellcheck shell=sh disable=SC2154 # templates/state.sh.j2 sets and calls it
set -eu
release_mend() (
  cd /opt/coursebox/releases
  # What stands in a place of ours, and is none of it, is kept.
  if [ -e ../current ] && ! [ -L ../current ]; then put_aside ../current; fi
  if [ -e "$digest" ] && ! [ -L "$digest" ] && ! [ -d "$digest" ]; then put_aside "$digest"; fi
  chown 0:0 ..
  chown -R 0:0 .
  chmod 755 .
  if ! whole "$digest"; then
    rm -rf incoming-*
    mkdir incoming-release
    tar --extract --gzip --file "$archive" --directory incoming-release --no-same-owner --same-permissions
    (
      cd incoming-release
      sha256sum --status --check .sha256sums
      python3 -m compileall -q lab site
      find lab site -name '*.pyc' -exec sha256sum {} + > .seat-sums
      listing > .seat-listing
    )
    whole incoming-release
    # A damaged release of this name makes room only when the new one is complete.
    if [ -e "$digest" ] || [ -L "$digest" ]; then mv -T "$digest" "damaged-$$"; fi
    mv -T incoming-release "$digest"
  fi
  chmod 755 "$digest"
  if [ "$(readlink ../current)" != "releases/$digest" ]; then
    rm -rf ../current-incoming
    ln -sfn "releases/$digest" ../current-incoming
    mv -T ../current-incoming ../current
  fi
  touch "$digest"
  # The newest stay; what an interrupted run left does not.
  rm -rf incoming-* damaged-*
  find . -mindepth 1 -maxdepth 1 -type d ! -name "$digest" -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2 |
    tail -n "+$kept" | xargs -r rm -rf
)
