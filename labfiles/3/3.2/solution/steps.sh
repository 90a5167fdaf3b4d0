# 3.2 的解答：原来装着的先卸掉；装，看，卸；软件源在哪个文件里，问 grep。
sudo apt purge -y sl
sudo apt install -y sl
version=$(apt show sl | sed -n 's/^Version: //p')
source=$(grep -l -E '^(deb |URIs:)' /etc/apt/sources.list /etc/apt/sources.list.d/* | head -n 1)
sed -i "s|^软件源的文件 =.*|软件源的文件 = $source|; s|^sl 的版本 =.*|sl 的版本 = $version|" apt.txt
sudo apt remove -y --purge sl
cat apt.txt
