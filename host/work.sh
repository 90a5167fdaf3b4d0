#!/bin/sh
# Prints, on a seat and as its student, the files in the home that neither the system nor provisioning put there.
cd || exit
find . \( -name .cache -o -name __pycache__ -o -path ./.ssh -o -path ./.local/state/coursebox \) -prune -o -type f \
  ! -name '*.pyc' ! -name .bash_history ! -name .python_history ! -name .lesshst ! -name .viminfo ! -name .wget-hsts \
  ! -path ./.sudo_as_admin_successful ! -path ./.hushlogin -print | while IFS= read -r file; do
  path=${file#./}
  case $path in
    labs/*)
      within=${path#labs/}
      id=${within%%/*}
      case $within in */work/*) within=$id/starter/${within#*/work/} ;; esac
      given=/opt/coursebox/current/labfiles/${id%%.*}/$within
      ;;
    *) given=/etc/skel/$path ;;
  esac
  cmp -s "$file" "$given" || printf '%s\n' "$path"
done
