#!/usr/bin/env bash
# cat 的四种用法：看、建、连起来、接在后面。
set -u
place=$(mktemp -d) || exit 1
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
exec 2>&1

# 下面的“课”一行一行地来：先显示命令，再执行它。“cat >”和“cat >>”从键盘读，
# 所以把后面的各行当作键盘上打的字交给它，读到 ^D（ctrl-d）为止。
while IFS= read -r line <&3; do
  case $line in
    "" | "#"*) echo "$line" ;;
    "cat >"*)
      echo "\$ $line"
      while IFS= read -r typed <&3 && echo "$typed" >&2 && [ "$typed" != "^D" ]; do
        echo "$typed"
      done | eval "$line"
      ;;
    *) echo "\$ $line" && eval "$line" ;;
  esac
done 3<<"END"
# 一、建：cat > 文件，然后打字，最后在空行上按 ctrl-d（屏幕上不显示，这里写成 ^D）
cat > top.txt
床前明月光
疑是地上霜
^D
cat > bottom.txt
举头望明月
低头思故乡
^D

# 二、看：cat 文件；加 -n 显示行号
cat top.txt
cat -n bottom.txt

# 三、连起来：cat 几个文件，用 > 存成一个新文件
cat top.txt bottom.txt > poem.txt
cat poem.txt

# 四、接在后面：>> 不会冲掉原来的内容
cat >> poem.txt
——李白
^D
cat -n poem.txt
END

echo
echo '看完了：> 从头写，>> 接着写。'
