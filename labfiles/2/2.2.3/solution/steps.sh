# 2.2.3 的解答：三种包各做一个，再把一个拆到 box 里。
zip -r album.zip album
tar -czf album.tar.gz album
tar -cjf album.tar.bz2 album
mkdir box
tar -xvf album.tar.gz -C box
