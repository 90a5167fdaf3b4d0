"""What package managers, pip and engines say of what the user can mend, and what to do about it."""

from __future__ import annotations

_CERTIFICATE = (
    "不信任代理的证书：请把代理的 CA 装进主机（/usr/local/share/ca-certificates，再 update-ca-certificates），"
    "pip 还要设 PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
)
_FULL = "磁盘满了：请先腾出 4 GB 空间"
_OFFLINE = "连不上软件源：请检查网络，或{mirror}"
_UNSIGNED = "软件源的签名对不上：请装上它的密钥包（debian-archive-keyring 或 ubuntu-keyring），做 box 时也可以用设置项 keyring 指明密钥"
_NO_IPTABLES = (
    "内核里没有 Docker 要的防火墙表：请运行 sudo modprobe -a iptable_nat nf_tables；"
    "不成就 sudo update-alternatives --set iptables /usr/sbin/iptables-legacy，或换一台主机"
)
# A mark in what was said -> what to do; the first mark that is found counts, so the more exact come first.
_CURES = {
    "No space left on device": _FULL,
    "no space left on device": _FULL,
    "enough free space": _FULL,
    "CERTIFICATE_VERIFY_FAILED": _CERTIFICATE,
    "certificate verification failed": _CERTIFICATE,
    "Certificate verification failed": _CERTIFICATE,
    "Temporary failure resolving": _OFFLINE,
    "Could not resolve": _OFFLINE,
    "Could not connect": _OFFLINE,
    "NewConnectionError": _OFFLINE,
    "Max retries": _OFFLINE,
    "Name or service not known": _OFFLINE,
    "remove is disabled": "要先卸掉主机上与它冲突的软件包，这要你自己决定：apt-get install 会告诉你是哪些",
    "Clearsigned file isn't valid": "软件源回答的不是软件包（可能要先登录校园网）：请用浏览器打开它看看，或{mirror}",
    "NO_PUBKEY": _UNSIGNED,
    "not signed": _UNSIGNED,
    "does not have a Release file": "软件源里没有要的发行版：请检查设置项 suite，或{mirror}",
    "404  Not Found": "软件源里没有要的文件：请过一会儿再试，或{mirror}",
    "Failed to fetch": _OFFLINE,
    "Unable to locate package": "软件源里没有它：请检查主机的 apt 源（Ubuntu 上要有 universe）",
    "no installation candidate": "软件源里没有它：请检查主机的 apt 源（Ubuntu 上要有 universe）",
    "held broken packages": "它要的软件包装不上：请先运行 sudo apt --fix-broken install，再看看 apt 源里有没有别的发行版",
    "Unknown option": "mmdebstrap 太旧：请升级主机（至少 Debian 12 或 Ubuntu 22.04）",
    # The engine's daemon (moby's daemon/ and libnetwork/).
    "No chain/target/match by that name": "防火墙清掉了 Docker 的规则：请运行 sudo systemctl restart docker",
    "Table does not exist": _NO_IPTABLES,
    "Failed to initialize nft": _NO_IPTABLES,
    "can't initialize iptables": _NO_IPTABLES,
    "non-overlapping IPv4 address pool": "Docker 找不到空闲的网段：请在 /etc/docker/daemon.json 里设 default-address-pools",
    "configure the Docker daemon with file": "/etc/docker/daemon.json 写错了：请改好它",
    "d_type": "/var/lib/docker 的文件系统做不了 overlay2：请把它放到 ext4，或 ftype=1 的 xfs 上",
    "driver not supported": "/var/lib/docker 的文件系统做不了 Docker 选的存储方式：请把它放到 ext4 上",
    "evices cgroup isn't mounted": "内核没有挂上 cgroup：请换一台主机，或改用 PROVIDER=libvirt",
    "cgroup mountpoint does not exist": "内核没有挂上 cgroup：请换一台主机，或改用 PROVIDER=libvirt",
    "is masked": "服务被屏蔽了（masked）：请运行 sudo systemctl unmask docker.service docker.socket",
    "is still running": "已经有一个 dockerd 在运行，但不回答：请先停掉它，或删掉留下的 /var/run/docker.pid",
    "ead-only file system": "/proc/sys 只读，Docker 起不来：这是个受限的容器，请换一台主机",
    "peration not permitted": "这台主机是个受限的容器，不让 Docker 工作：请换一台主机（LXC 要打开 nesting）",
}
_MIRROR = "把主机的 apt 源换成能用的镜像"


def cure(text: str, mirror: str = _MIRROR) -> str:
    """Return what to do about what was said, nothing where nobody knows; `mirror` says how one chooses another mirror."""
    return next((found for mark, found in _CURES.items() if mark in text), "").format(mirror=mirror)


def failure(what: str, text: str, log: str, mirror: str = _MIRROR) -> str:
    """Return one line on what failed, such as "apt 装不上 docker.io", with its cure; else with the end of what was said."""
    known = cure(text, mirror)
    return f"{what}：{known}，再运行一次。" if known else f"{what}，详情见 {log}：\n{text}"
