"""What package managers, pip, engines, Vagrant and seats say of what the user can mend, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from host.i18n import translated as _

_CERTIFICATE = _(
    "不信任代理的证书：请把代理的 CA 装进主机（/usr/local/share/ca-certificates，再 update-ca-certificates），pip 还要设 PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
)
_FULL = _("磁盘满了：请先腾出 4 GB 空间")
_OFFLINE = _("连不上软件源：请检查网络，或{mirror}")
_UNSIGNED = _(
    "软件源的签名对不上：请装上它的密钥包（debian-archive-keyring 或 ubuntu-keyring），做 box 时也可以用设置项 keyring 指明密钥"
)
_NO_IPTABLES = _(
    "内核里没有 Docker 要的防火墙表：请运行 sudo modprobe -a iptable_nat nf_tables；不成就 sudo update-alternatives --set iptables /usr/sbin/iptables-legacy，或换一台主机"
)
# A mark in what was said, in letters of either case -> what to do; the first that is found counts, so the more exact come
# first.
ON_HOST = {
    "No space left on device": _FULL,
    "enough free space": _FULL,
    "CERTIFICATE_VERIFY_FAILED": _CERTIFICATE,
    "certificate verification failed": _CERTIFICATE,
    "Temporary failure resolving": _OFFLINE,
    "Could not resolve": _OFFLINE,
    "Could not connect": _OFFLINE,
    "NewConnectionError": _OFFLINE,
    "Max retries": _OFFLINE,
    "Name or service not known": _OFFLINE,
    "remove is disabled": _(
        "要先卸掉主机上与它冲突的软件包，这要你自己决定：apt-get install 会告诉你是哪些"
    ),
    "Clearsigned file isn't valid": _(
        "软件源回答的不是软件包（可能要先登录校园网）：请用浏览器打开它看看，或{mirror}"
    ),
    "NO_PUBKEY": _UNSIGNED,
    "not signed": _UNSIGNED,
    "does not have a Release file": _("软件源里没有要的发行版：请检查设置项 suite，或{mirror}"),
    "404  Not Found": _("软件源里没有要的文件：请过一会儿再试，或{mirror}"),
    "Failed to fetch": _OFFLINE,
    "Unable to locate package": _("软件源里没有它：请检查主机的 apt 源（Ubuntu 上要有 universe）"),
    "no installation candidate": _("软件源里没有它：请检查主机的 apt 源（Ubuntu 上要有 universe）"),
    "held broken packages": _(
        "它要的软件包装不上：请先运行 sudo apt --fix-broken install，再看看 apt 源里有没有别的发行版"
    ),
    "Unknown option": _("mmdebstrap 太旧：请升级主机（至少 Debian 12 或 Ubuntu 22.04）"),
    # The engine's daemon (moby's daemon/ and libnetwork/).
    "No chain/target/match by that name": _(
        "防火墙清掉了 Docker 的规则：请运行 sudo systemctl restart docker"
    ),
    "Table does not exist": _NO_IPTABLES,
    "Failed to initialize nft": _NO_IPTABLES,
    "can't initialize iptables": _NO_IPTABLES,
    "non-overlapping IPv4 address pool": _(
        "Docker 找不到空闲的网段：请在 /etc/docker/daemon.json 里设 default-address-pools"
    ),
    "configure the Docker daemon with file": _("/etc/docker/daemon.json 写错了：请改好它"),
    "d_type": _("/var/lib/docker 的文件系统做不了 overlay2：请把它放到 ext4，或 ftype=1 的 xfs 上"),
    "driver not supported": _(
        "/var/lib/docker 的文件系统做不了 Docker 选的存储方式：请把它放到 ext4 上"
    ),
    "devices cgroup isn't mounted": _("内核没有挂上 cgroup：请换一台主机，或改用 PROVIDER=libvirt"),
    "cgroup mountpoint does not exist": _(
        "内核没有挂上 cgroup：请换一台主机，或改用 PROVIDER=libvirt"
    ),
    "is masked": _(
        "服务被屏蔽了（masked）：请运行 sudo systemctl unmask docker.service docker.socket"
    ),
    "is still running": _(
        "已经有一个 dockerd 在运行，但不回答：请先停掉它，或删掉留下的 /var/run/docker.pid"
    ),
    "read-only file system": _("/proc/sys 只读，Docker 起不来：这是个受限的容器，请换一台主机"),
    "operation not permitted": _(
        "这台主机是个受限的容器，不让 Docker 工作：请换一台主机（LXC 要打开 nesting）"
    ),
}
_NO_BOX = _("下载不了 box：请检查网络和设置项 box、box_url、box_version")
OF_VAGRANT = {
    "No space left on device": _FULL,
    "checksum of the downloaded box did not match": _(
        "box 的校验和对不上：它下载坏了，或者设置项 box_checksum 写错了。请核对 box_url 和 box_checksum；自己做的 box 就再运行一次 make box"
    ),
    "box failed to unpackage properly": _(
        "box 坏了，解不开：请重新下载；自己做的就再运行一次 make box"
    ),
    "error while downloading the metadata for this box": _NO_BOX,
    "error occurred while downloading the remote file": _NO_BOX,
    "could not be accessed in the remote catalog": _NO_BOX,
    "box you're attempting to add doesn't support the provider": _(
        "这个 box 不支持所选的 provider：请换一个 box，或换一个 PROVIDER"
    ),
    "Network is already in use": _(
        "虚拟机的网络（设置项 network）已经有人在用：请换一段，例如 COURSEBOX_NETWORK=192.168.222.0/24"
    ),
    "Could not open /dev/kvm": _(
        "没有权限使用 /dev/kvm：请把自己加入 kvm 组（sudo usermod -aG kvm $USER），重新登录"
    ),
}
_NO_INOTIFY = _("内核的 inotify 用完了：请运行 sudo sysctl fs.inotify.max_user_instances=1024")
_NO_RIGHTS = _(
    "容器引擎不给座位需要的权限：请改用系统软件源的 docker（不是 rootless、podman 或 snap）"
)
# The last words of a seat that did not come up.
OF_SEATS = {
    "cgroup": _(
        "这台主机不让容器使用自己的 cgroup：请确认 mount | grep cgroup 里有 cgroup2，再重启容器引擎"
    ),
    "inotify": _NO_INOTIFY,
    "Too many open files": _NO_INOTIFY,
    "Permission denied": _NO_RIGHTS,
    "Operation not permitted": _NO_RIGHTS,
    "No space left": _FULL,
}
_MIRROR = _("把主机的 apt 源换成能用的镜像")


def fix(text: str, known: Mapping[str, str] = ON_HOST, mirror: str = _MIRROR) -> str:
    """Return what to do about what was said, nothing where nobody knows.

    `known` is one of the tables above, `mirror` says how one chooses another mirror.
    """
    said = text.lower()
    return next((found for mark, found in known.items() if mark.lower() in said), "").format(
        mirror=mirror
    )


def failure(what: str, text: str, log: str, mirror: str = _MIRROR) -> str:
    """Return one line on what failed, such as "apt 装不上 docker.io", with its fix; else with the end of what was said."""
    known = fix(text, mirror=mirror)
    return (
        _("{what}：{known}，再运行一次。", what=what, known=known)
        if known
        else _("{what}，详情见 {log}：\n{text}", what=what, log=log, text=text)
    )
