"""Says which addresses this seat cannot use; argument: JSON with must, may (addresses) and authorities (PEM texts)."""

import json
import ssl
import sys
import urllib.error
import urllib.request

request = json.loads(sys.argv[1])
context = ssl.create_default_context()
for pem in request["authorities"]:
    context.load_verify_locations(cadata=pem)
refused = []
for address in request["must"] + request["may"]:
    try:
        head = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(head, timeout=10, context=context).close()
    except urllib.error.HTTPError:
        pass  # it answers; what it says of this path is not asked
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            refused.append(
                f"座位不信任 {address} 的证书（{reason.verify_message}）：中间多半有重签证书的代理。"
                "把它的 CA 证书放进主机的 /usr/local/share/ca-certificates，或写进变量 trust_certificates，再运行一次。"
            )
        elif address in request["must"]:
            refused.append(
                f"座位够不到 {address}（{reason}）：请检查网络，或换一个镜像地址，再运行一次。"
            )
print("\n".join(refused))
sys.exit(1 if refused else 0)
