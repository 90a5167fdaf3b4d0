# 2.2.6 的解答：目标写绝对路径，链接不怕搬家；定了计划，存下来，再取消。
book=$(ls library)
after=$(sed -n 's/.*计划：\([0-9]*\) 分钟.*/\1/p' todo.txt)
mkdir desk attic
ln -s "$PWD/library/$book" desk/book
mv desk attic
cat attic/desk/book
sudo shutdown +$after
cat /run/systemd/shutdown/scheduled > plan.txt
sudo shutdown -c
