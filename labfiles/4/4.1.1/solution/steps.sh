# 4.1.1 的解答：三个进程只差在 %CPU 和 STAT：睡着的是 S，失控的是 R。看清它的 PID，结束它。
workers() { ps -u "$USER" -o pid,stat,%cpu,args | grep '[w]orker\.py'; }

# 刚启动的进程都忙一会儿：等到只剩一个是 R。
sleep 2
until [ "$(workers | awk '$2 ~ /^R/' | wc -l)" -le 1 ]; do sleep 1; done
workers
busy=$(workers | awk '$2 ~ /^R/ {print $1}')
kill -9 $busy
