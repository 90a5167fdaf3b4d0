# 3.3 的解答：装好 pypinyin，把 phrases.txt 里的每一行变成拼音。
pip3 install pypinyin
cat > to_pinyin.py <<'END'
from pypinyin import lazy_pinyin

with open("phrases.txt", encoding="utf-8") as file:
    for line in file:
        print(*lazy_pinyin(line.strip()))
END
python3 to_pinyin.py > pinyin.txt
