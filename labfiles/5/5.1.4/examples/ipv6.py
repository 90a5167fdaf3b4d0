"""IPv6 地址的长写法和短写法：同一个地址，补齐 0 和省掉 0。"""

import ipaddress

ADDRESSES = [
    "::1",
    "fe80::1",
    "2001:0db8:0000:0000:0000:0000:0000:0001",
    "2001:db8:0:0:8:800:200c:417a",
    "2001:db8::1:0:0:1",
    "::",
]


def main() -> None:
    for text in ADDRESSES:
        address = ipaddress.IPv6Address(text)
        print(f"写作 {text}")
        print(f"  长 {address.exploded}")
        print(f"  短 {address.compressed}")

    print("同一个地址：", ipaddress.ip_address("::1") == ipaddress.ip_address("0:0:0:0:0:0:0:1"))

    try:
        ipaddress.IPv6Address("2001:db8::1::2")
    except ValueError as error:
        print(f":: 只能出现一次，两个就不知道各省了几组 0：{error}")

    print(f"IPv4 有 2**32 = {2**32} 个地址，IPv6 有 2**128 = {2**128} 个")


if __name__ == "__main__":
    main()
