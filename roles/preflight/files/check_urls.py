"""Says which addresses this seat cannot use; argument: JSON with must, may (addresses) and authorities (PEM texts)."""

import concurrent.futures
import json
import ssl
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

request = json.loads(sys.argv[1])
context = ssl.create_default_context()
for pem in request["authorities"]:
    context.load_verify_locations(cadata=pem)


def issuer(address):
    """Return who signed the certificate of an address, as far as this Python can tell."""
    parts = urllib.parse.urlsplit(address)
    try:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(ssl.get_server_certificate((parts.hostname, parts.port or 443)))
            file.flush()
            names = ssl._ssl._test_decode_cert(file.name)["issuer"]
    except Exception:  # the message is complete without it
        return ""
    return "，签发者 " + ", ".join(value for name in names for _, value in name)


def refusal(address):
    """Return why an address cannot be used, or nothing."""
    try:
        head = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(head, timeout=10, context=context).close()
    except urllib.error.HTTPError:
        pass  # it answers; what it says of this path is not asked
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            return (
                f"座位不信任 {address} 的证书（{reason.verify_message}{issuer(address)}）：中间多半有重签证书的代理。"
                "把它的 CA 证书放进主机的 /usr/local/share/ca-certificates，或写进变量 ca_certificates_files，再运行一次。"
            )
        if address in request["must"]:
            return f"座位够不到 {address}（{reason}）：请检查网络，或换一个镜像地址，再运行一次。"
    return ""


with concurrent.futures.ThreadPoolExecutor() as pool:
    refused = [text for text in pool.map(refusal, request["must"] + request["may"]) if text]
print("\n".join(refused))
sys.exit(1 if refused else 0)
