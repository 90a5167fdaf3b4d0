"""What the course promises about its machine: the one place that the machine tests read it from."""

from __future__ import annotations

import json
import os

# A seat may have other values of the roles' variables, told as JSON; tests/e2e/test_values.py has such a one.
_OTHER = json.loads(os.environ.get("COURSEBOX_EXPECTED", "{}"))

USER = _OTHER.get("users_name", "tarena")
HOME = f"/home/{USER}"
HOSTNAME = _OTHER.get("system_hostname", "tedu")
# The password is a setting of the seat; its default is the course user's own name.
PASSWORD = _OTHER.get("users_password", os.environ.get("COURSEBOX_USERS_PASSWORD", USER))
HOME_MODE = int(_OTHER.get("users_home_mode", "0750"), 8)
SHELL = "/bin/bash"
LOCALE = _OTHER.get("system_locale", "zh_CN.UTF-8")
TIME_ZONE = _OTHER.get("system_timezone", "Asia/Shanghai")
HISTORY = _OTHER.get("shell_history_size", 500)
INDENT = " " * _OTHER.get("vim_indent", 4)
PROMPT = rf"{USER}@{HOSTNAME}:~\$ "

LABS = f"{HOME}/labs"
CURRENT = "/opt/coursebox/current"
UNIT = "coursebox-server@{}.service"

# Course section "Expected ports": who listens where once it was started, and never before.
SERVERS = {
    "5.3.2": 8888,
    "6.2:process": 8888,
    "6.2:thread": 8888,
    "7.2.4:hello": 8000,
    "7.2.4:image": 8000,
    "7.3": 8000,
}

# Every command that the course names, tried in an empty directory, with a pattern of what it prints.
COMMANDS = {
    "ls": ("mkdir d; touch .h d/f; ls -l -a", r"\bd\b"),
    "pwd": ("pwd", r"^/"),
    "cd": ("cd /tmp; cd - >/dev/null; cd ..; pwd", r"^/"),
    "touch": ("touch a b; ls", r"a\s+b"),
    "mkdir": ("mkdir d; ls -d d", r"^d$"),
    "rm": ("mkdir d; touch d/f; rm -rf d; ls | wc -l", r"^0$"),
    "cp": ("mkdir d; touch d/f; cp -r d e; ls e", r"^f$"),
    "mv": ("touch a; mv a b; ls", r"^b$"),
    "cat": ("printf '%s\\n' 一 > a; cat a", r"^一$"),
    "grep": ("printf 'One\\ntwo\\n' | grep -n -i one", r"^1:One$"),
    "find": ("touch 文件.txt; find . -name '*.txt'", r"^\./文件\.txt$"),
    "zip": ("mkdir d; touch d/f; zip -r d.zip d", r"adding: d/f"),
    "unzip": ("touch f; zip -q f.zip f; unzip f.zip -d out; ls out", r"^f$"),
    "tar-gz": ("touch f; tar -czf f.tar.gz f; tar -xvf f.tar.gz", r"^f$"),
    "tar-bz2": ("touch f; mkdir o; tar -cjf f.tar.bz2 f; tar -xvf f.tar.bz2 -C o", r"^f$"),
    "sudo": ("sudo -V 2>&1", r"(?i)sudo"),
    "chmod": ("touch f; chmod u+x,go=r f; stat -c %a f", r"^744$"),
    "echo": ("echo -n 你好", r"^你好$"),
    "date": ("date +%Y-%m-%d", r"^\d{4}-\d\d-\d\d$"),
    "history": ("history -s 'echo 1'; history 1", r"\d+\s+echo 1"),
    "tree": ("mkdir d; touch d/f; tree", r"── f"),
    "shutdown": ("shutdown --help", r"shutdown"),
    "ln": ("touch f; ln -s $PWD/f l; readlink l", r"/f$"),
    "vim": ("vim --version", r"(?m)^VIM.*\b[89]\.\d"),
    "apt": ("apt list --installed 2>/dev/null | wc -l", r"^\d{2,}$"),
    "pip3": ("pip3 list", r"pip\s+\d"),
    "ps": (
        "script --quiet --command 'ps -u' /dev/null",
        r"USER\s+PID\s+%CPU\s+%MEM.*STAT\s+START.*COMMAND",
    ),
    "kill": ("sleep 60 & kill -9 $!; wait $! 2>/dev/null; echo $?", r"^137$"),
    "ifconfig": ("ifconfig", r"^lo\b"),
    "ping": ("ping -c 1 127.0.0.1", r"\b0% "),
    "lsof": ("lsof -v 2>&1", r"revision"),
    "python3": ("python3 -c 'print(1 + 1)'", r"^2$"),
}
