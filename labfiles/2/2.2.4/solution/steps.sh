# 2.2.4 的解答：第一组用字母，第二组用数字。
while IFS='：' read -r name words; do
  case $words in
    给主人加上*) chmod u+x $name ;;
    拿走其他人*) chmod o-w $name ;;
    给同组*) chmod g+rw $name ;;
    拿走所有人*) chmod a-x $name ;;
    给所有人*) chmod a+r $name ;;
    让其他人*) chmod go=r $name ;;
    r*)
      digits=$(echo $words | sed 's/[rwx]/1/g; s/-/0/g')
      number=$(printf '%03o' $((2#$digits)))
      chmod $number $name
      ;;
  esac
done < <(sed -n 's/^  //p' todo.txt)
ls -l
