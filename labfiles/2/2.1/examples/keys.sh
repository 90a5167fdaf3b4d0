#!/usr/bin/env bash
# 一只鹦鹉：用它练习终端里的按键。它说你说过的话，直到 ctrl-d。
set -u
trap 'printf "\n鹦鹉：你按了 ctrl-c，我马上停下，什么也不问。\n"; exit 130' INT

cat <<'END'
鹦鹉：你说一句，我学一句。每句话后面按回车。
      上、下方向键   找回说过的话        左、右方向键   移动光标去改字
      ctrl-l         清屏                ctrl-c         打断我
      ctrl-d         （空行上按）告诉我：话说完了
END

count=0
# -e 让方向键和 ctrl-l 在这里也能用；history -s 记下这一句，方向键才找得回来。
while IFS= read -r -e -p '你：' line; do
  history -s -- "$line"
  count=$((count + 1))
  echo "鹦鹉：$line"
done
echo
echo "鹦鹉：收到 ctrl-d，输入结束。一共学了 $count 句，再见！"
