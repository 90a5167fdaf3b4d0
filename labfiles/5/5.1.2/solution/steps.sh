# 5.1.2 的解答：一层一层地填。文件里没有的名字，sed 会跳过。
fill() {
  local answer=$1 name
  shift
  for name in "$@"; do
    sed -i "s/^$name =.*/$name = $answer/" layers.txt
  done
}
fill "7 应用层" HTTP FTP SMTP DNS SSH
fill "6 应用层" 字符编码 图片格式
fill "5 应用层" 登录状态 断点续传
fill "4 传输层" TCP UDP
fill "3 网络层" IP ICMP
fill "2 网络接口层" 以太网 Wi-Fi
fill "1 网络接口层" 网线 光纤 无线电波
cat layers.txt
