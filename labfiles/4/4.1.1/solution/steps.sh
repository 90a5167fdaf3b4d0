# 4.1.1 的解答：三个进程只差在 %CPU 和 STAT：睡着的是 S，失控的是 R。看清它的 PID，结束它。
sleep 2
ps -u "$USER" -o pid,stat,%cpu,args | grep '[w]orker\.py'
busy=$(ps -u "$USER" -o pid,stat,args | grep '[w]orker\.py' | awk '$2 ~ /^R/ {print $1}')
kill -9 $busy
