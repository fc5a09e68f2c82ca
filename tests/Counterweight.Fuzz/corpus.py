"""Makes the corpus: small files of each format, with the things in them that readers trip over. Run it in this folder; the files are committed.

    python3 corpus.py
"""
import os, struct, zlib

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def put(target, *contents):
    os.makedirs(os.path.join(HERE, target), exist_ok=True)
    for i, content in enumerate(contents):
        with open(os.path.join(HERE, target, f"{i:02}"), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, interlaced=0, palette=None, filters=(0, 1, 2, 3, 4)):
    raw = b"".join(bytes([filters[y % len(filters)]]) + row for y, row in enumerate(rows))
    z = zlib.compress(raw)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))]
    if palette:
        parts.append(chunk(b"PLTE", palette))
    parts += [chunk(b"IDAT", z[:9]), chunk(b"IDAT", z[9:]), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


put("csv",
    "a,t,when,y\n1,u,2024-01-01,0\n2.5,v,2024-02-29,1\n,w,NA,0\n-3e5,,2024-12-31,1\n",
    "id;preis;y\r\n9007199254740993;1,5;\"01\"\r\n1;2,25;1\r\n007;\"3,0\";\"01\"\r\n",
    "\ufeff\"note\nof case\",y\n\"say \"\"hi\"\", you\",a\n\"line\nbreak\",b\nplain,a\n",
    "t\ty\n2024-01-01T10:00:00+01:00\tx\n2024-01-01 10:00:00.123456\ty\n2024-01-01T10:00:00Z\tx\n",
    "p,q,r,y\n\"1,234.50\",12%,$5,1\n\"2,000.00\",7%,$6,0\n\"3,100.10\",9%,$7,1\n",
    "b,c,y\ntrue,+5,no\nfalse,1e5,No\ntrue,.5,no\nfalse,5.,No\n",
    "a\u00e9,\u65e5\u672c,y\n\u00fc,\u8a9e,1\n\U0001F600,x,0\n",
    "y\n1\n0\n",
    "a,y\n1,0")
put("json",
    '{"a":1,"t":"u","when":"2024-01-01","y":0}\n{"a":2.5,"t":"v","y":1}\n{"t":null,"a":null,"y":1}\n',
    '[{"a":1,"y":"01"},{"a":9007199254740993,"y":"1"},\n {"y":"01","a":-0.0}]\n',
    '{"b":true,"l":[1,2],"y":false}\n{"b":false,"l":[3,4.5],"y":true}\n',
    '{"s":"\\u00e9\\n\\"\\ud83d\\ude00","o":{"x":1},"y":"a"}\n{"s":"","o":{"x":2},"y":"b"}\n',
    '{"y":1e3,"k":1e400}\n{"y":1E3,"k":123456789012345678901234567890}\n')
put("scores", "row,no,yes\n3,0.9,0.1\n1,0.5,0.5\n4,0.2,0.8\n5,1,0\n", "yes,row\n0.1,3\n0.5,1\n0.8,4\n0,5\n",
    '{"row":3,"no":2.5,"yes":-1}\n{"row":1,"no":0,"yes":0}\n{"row":4,"no":1,"yes":7}\n{"row":5,"no":1,"yes":1}\n',
    '{"kind":"probabilities","seconds":0.5,"tuningSeconds":0,"prior":[0.5,0.5],"tuningFailure":"data","tuningMessage":"no"}')
put("costs", "class,cost\nno,1\nyes,5\nmaybe,2.5\n", "class;cost\nno;1\nyes;2,5\nmaybe;1\n", "0,1,2\n3,0,4\n5,6,0\n",
    ",no,yes,maybe\nno,0,1,1\nyes,5,0,1\nmaybe,1,1,0\n", "# costs\n\"no\"\t1\nyes\t2\nmaybe\t3\n")
put("decide", "p,y\n" + "".join(f"{(i * 37 % 100) / 100},{'yes' if i % 4 == 0 else 'no'}\n" for i in range(40)),
    "y,p\n" + "".join(f"{'yes' if i % 3 == 0 else 'no'},{i - 10.5}\n" for i in range(24)))
grey = [bytes((x * y) % 5 for x in range(9)) for y in range(7)]
put("png",
    png(9, 7, 8, 0, grey), png(9, 7, 8, 3, grey, palette=bytes(range(15))), png(16, 5, 1, 0, [b"\xaa\x55"] * 5), png(9, 7, 16, 0, [b"".join(b"\0" + bytes([v]) for v in r) for r in grey]),
    png(5, 3, 4, 3, [b"\x01\x23\x40"] * 3, palette=bytes(range(15))), png(1, 1, 8, 0, [b"\x07"], interlaced=1), png(3, 2, 2, 0, [b"\x1b"] * 2))
with open(os.path.join(HERE, "png", "colours.png"), "wb") as f:
    f.write(png(4, 3, 8, 2, [b"\xff\0\0\0\xff\0\0\0\xff\0\0\0"] * 3, filters=(0,)))
put("coco",
    '{"images":[{"id":1,"file_name":"a.jpg"},{"id":2,"file_name":"b.jpg"}],"annotations":[{"id":1,"image_id":1,"category_id":3,"iscrowd":0},'
    '{"id":2,"image_id":2,"category_id":7,"bbox":[0,0,1,1]},{"id":3,"image_id":2,"category_id":7,"iscrowd":1}],"categories":[{"id":7,"name":"dog"},{"id":3,"name":"car"}]}',
    '{"categories":[{"id":1,"name":"a"}],"images":[],"annotations":[{"category_id":1,"image_id":5,"segmentation":{"counts":[1,2],"size":[3,3]}}]}')
put("yolo-lines", "0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n", "1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2\r\n0 0 0 1 1\r\n", "")
put("yolo-yaml", "# a yard\npath: .  # here\ntrain: images/train\nval: images/val\n\nnames:\n  0: person\n  1: car\n",
    "path: .\ntrain: [images/train]\nnames: ['person', \"car\"]\nnc: 2\n", "train: images/train\nnames:\n- person\n- car\n", "{path: ., train: images/train, names: {0: a, 1: b}}\n")
put("voc", "<annotation>\n  <filename>a.jpg</filename>\n  <object><name>car</name><difficult>0</difficult></object>\n  <object>\n<name>dog</name></object>\n</annotation>\n",
    '<?xml version="1.0" encoding="utf-8"?>\n<!-- a --><annotation><object><name><![CDATA[a&b]]></name></object><object><name>a&amp;b</name></object></annotation>')
put("conll", "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\nGerman JJ I-NP B-MISC\n. . O O\n\nPeter NNP I-NP B-PER\nBlackburn NNP I-NP I-PER\n",
    "# text = a b\n1\ta\tX\tB-LOC\n2\tb\tY\tL-LOC\n\n1\tc\tX\tU-PER\n", "a B-X\r\nb I-X\r\n\r\nc O\r\n")
put("multilabel", "t,x\na|b,1\n,0\nb,1\n\"a|c\",0\n", "t,x\n1,0\n0,1\n1,1\n")
put("colours", "255 0 0 red\n0 255 0 green\n0 0 255 blue\n0 0 0 void\n", "#ff0000 red\n#00ff00 green\n#0000ff blue\n#000000 void\n", "r,g,b,name\n255,0,0,red\n0,255,0,green\n0,0,255,blue\n0,0,0,void\n")
