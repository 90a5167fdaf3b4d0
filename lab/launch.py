"""Entry of the installed command: /usr/local/bin/lab runs `/usr/bin/python3 -IS <release>/lab/launch.py "$@"`.

`-I` shuts out PYTHONPATH, the user's site and the current directory, `-S` what pip3 put on the machine, so that
nothing a student installs or names like a library can break the command. Beside this package a release holds `site`
(the libraries) and `labfiles`; the release is resolved once, so that a new one may be swapped in while this runs.
Nothing here writes bytecode: provisioning compiles a release with the seat's own Python.
"""

import os
import sys

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    release = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    sys.path[:0] = [release, os.path.join(release, "site")]

    from lab.cli import main

    sys.exit(main(sys.argv[1:]))
