# 3.1 的解答：vim -s 把一个文件里的字当作键盘上按的键。
word=$(sed -n 's/.*写上 \([a-z]*\)（.*/\1/p' todo.txt)
keys=$(mktemp)
esc=$'\e' enter=$'\r'

# 第 1 行插入；到第 3 行（jj），下面新开一行；回到第 3 行（k），走到 # 上，一个一个删掉。
dirt=$(sed -n 3p story.txt | tr -d -c '#')
printf '%s' "i标题：${esc}jjo${word}${esc}k0f#${dirt//#/x}:wq${enter}" > "$keys"
vim -s "$keys" story.txt

# 乱改一通，不存盘就走。
printf '%s' "oxxx${esc}:q!${enter}" > "$keys"
vim -s "$keys" wish.txt
rm "$keys"
cat story.txt
