# 5.1.4 的解答：地址请 Python 的 ipaddress 来写，端口问 lsof。
answer() { sed -i "s/^$2 =.*/$2 = $3/" "$1"; }
form() { python3 -c "import ipaddress, sys; a = ipaddress.ip_address(sys.argv[1]); print($2)" "$1"; }

for address in $(sed -n '/一、/,/二、/s/ = *$//p' ipv6.txt); do
  answer ipv6.txt "$address" "$(form "$address" "a.exploded")"
done
for address in $(sed -n '/二、/,$s/ = *$//p' ipv6.txt); do
  answer ipv6.txt "$address" "$(form "$address" "a.compressed")"
done

port=$(sed -n 's/^端口 = //p' port.txt)
line=$(sudo lsof -i ":$port" | grep LISTEN)
echo "$line"
read -r name pid _ <<< "$line"
answer port.txt 进程号 "$pid"
answer port.txt 程序名 "$name"
cat ipv6.txt port.txt
