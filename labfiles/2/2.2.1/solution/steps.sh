# 2.2.1 的解答：照着 todo.txt，一步一步做；删除以前先 ls 看清楚。
place=$(sed -n 's/^二.*里的 \([a-z]*\)\*.*/\1/p' todo.txt)
title=$(sed -n 's/^四.*改名为 \([a-z0-9.]*\).*/\1/p' todo.txt)
lessons=$(sed -n 's/^六.*：//p' todo.txt)
mkdir -p album/few
cp inbox/$place*.jpg album
mv album/$place?.jpg album/few
mv inbox/draft.txt inbox/$title
ls inbox/*.tmp
rm inbox/*.tmp
rm -rf inbox/trash
mkdir lessons
cd lessons || exit 1
touch $lessons
