"""Makes samples/labels, a small data set of each kind, and writes beside it what the peers count in it.

    python3 bench/peers/labels_samples.py samples/labels

Needs Pillow and numpy. The scene is the same everywhere: photographs of a yard with persons, cars, dogs and, rarely, a kite. Nothing of the tool is used:
masks are counted with numpy, COCO with json, VOC with ElementTree, the rest with str.split, so that counts.json is an independent count.
"""
import json
import os
import random
import shutil
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict

import numpy as np
from PIL import Image, ImageDraw

NAMES = ["person", "car", "dog", "kite"]
CHANCE = [0.9, 0.6, 0.3, 0.1]
root = sys.argv[1]
random.seed(20261129)
shutil.rmtree(root, ignore_errors=True)


def path(*parts):
    full = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


# The scene: 24 photographs of 96 x 64, each with some boxes; a photograph may have none.
scene = []
for i in range(24):
    boxes = []
    for c, chance in enumerate(CHANCE):
        for _ in range(3):
            if random.random() < chance / 2:
                w, h = random.randint(6, 30), random.randint(6, 20)
                x, y = random.randint(0, 96 - w), random.randint(0, 64 - h)
                boxes.append((c, x, y, w, h))
    if i == 5:
        boxes = []
    scene.append((f"yard_{i:02d}", boxes))
train, val = scene[:18], scene[18:]
counts = {}

# Masks: background 0, the classes 1 to 4, the outline of a box 255 (void), as VOC has it.
palette = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128] + [0] * (256 - 5) * 3
palette[765:768] = [224, 224, 192]
pixels, of_images, images = Counter(), Counter(), Counter()
for name, boxes in scene:
    mask = Image.new("P", (96, 64), 0)
    mask.putpalette(palette)
    draw = ImageDraw.Draw(mask)
    for c, x, y, w, h in boxes:
        draw.rectangle([x, y, x + w - 1, y + h - 1], fill=c + 1, outline=255)
    mask.save(path("masks", name + ".png"))
    found = np.bincount(np.array(Image.open(path("masks", name + ".png"))).ravel(), minlength=256)
    found[255] = 0
    for v in np.flatnonzero(found):
        pixels[int(v)] += int(found[v])
        of_images[int(v)] += int(found.sum())
        images[int(v)] += 1
counts["masks"] = {str(v): [pixels[v], images[v], of_images[v]] for v in sorted(pixels)}

# COCO: ids with gaps, a crowd, a category that nothing has.
ids = {0: 1, 1: 3, 2: 18, 3: 38}
coco = {
    "info": {"description": "A yard", "year": 2026},
    "images": [{"id": 100 + i, "file_name": name + ".jpg", "width": 96, "height": 64} for i, (name, _) in enumerate(scene)],
    "annotations": [],
    "categories": [{"id": ids[c], "name": n, "supercategory": "thing"} for c, n in enumerate(NAMES)] + [{"id": 27, "name": "backpack", "supercategory": "thing"}],
}
for i, (name, boxes) in enumerate(scene):
    for c, x, y, w, h in boxes:
        coco["annotations"].append({
            "id": len(coco["annotations"]) + 1, "image_id": 100 + i, "category_id": ids[c], "bbox": [x, y, w, h], "area": w * h, "iscrowd": 0,
            "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]]})
coco["annotations"].append({
    "id": 9000, "image_id": 100, "category_id": 1, "bbox": [0, 0, 96, 64], "area": 6144, "iscrowd": 1, "segmentation": {"counts": [0, 6144], "size": [64, 96]}})
with open(path("coco", "instances.json"), "w") as f:
    json.dump(coco, f, indent=1)
with open(path("coco", "instances.json")) as f:
    read = json.load(f)
kept = [a for a in read["annotations"] if not a["iscrowd"]]
per = Counter(a["category_id"] for a in kept)
seen = {(a["category_id"], a["image_id"]) for a in kept}
counts["coco"] = {c["name"]: [per[c["id"]], sum(1 for s in seen if s[0] == c["id"])] for c in sorted(read["categories"], key=lambda c: c["id"])}

# YOLO: boxes, an outline, an oriented box; an image without label file. The images are one black pixel.
black = Image.new("RGB", (1, 1))
for part, photos in (("train", train), ("val", val)):
    for i, (name, boxes) in enumerate(photos):
        file = path("yolo", "images", part, name + (".jpg" if i % 2 else ".JPG"))
        black.save(file, "JPEG")
        if not boxes:
            continue
        with open(path("yolo", "labels", part, name + ".txt"), "w") as f:
            for k, (c, x, y, w, h) in enumerate(boxes):
                corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
                if k % 3 == 2:
                    f.write(f"{c} " + " ".join(f"{a / 96:.6f} {b / 64:.6f}" for a, b in corners) + "\n")
                else:
                    f.write(f"{c} {(x + w / 2) / 96:.6f} {(y + h / 2) / 64:.6f} {w / 96:.6f} {h / 64:.6f}\n")
with open(path("yolo", "data.yaml"), "w") as f:
    f.write("# A yard\npath: .  # the folder of this file\ntrain: images/train\nval: images/val\n\nnames:\n")
    f.writelines(f"  {c}: {n}\n" for c, n in enumerate(NAMES))


def lines(folder):
    per, have = Counter(), Counter()
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file)) as f:
            classes = [int(line.split()[0]) for line in f if line.strip()]
        per.update(classes)
        have.update(set(classes))
    return {n: [per[c], have[c]] for c, n in enumerate(NAMES)}


counts["yolo"] = lines(path("yolo", "labels", "train", ""))
counts["yolo-val"] = lines(path("yolo", "labels", "val", ""))

# VOC.
for name, boxes in scene:
    annotation = ET.Element("annotation")
    ET.SubElement(annotation, "filename").text = name + ".jpg"
    for c, x, y, w, h in boxes:
        thing = ET.SubElement(annotation, "object")
        ET.SubElement(thing, "name").text = NAMES[c]
        ET.SubElement(thing, "difficult").text = "1" if w * h < 100 else "0"
        box = ET.SubElement(thing, "bndbox")
        for tag, value in (("xmin", x), ("ymin", y), ("xmax", x + w), ("ymax", y + h)):
            ET.SubElement(box, tag).text = str(value)
        if c == 0:
            part = ET.SubElement(thing, "part")
            ET.SubElement(part, "name").text = "head"
    ET.indent(annotation)
    ET.ElementTree(annotation).write(path("voc", "Annotations", name + ".xml"))
per, have = Counter(), Counter()
for file in os.listdir(path("voc", "Annotations", "")):
    names = [o.find("name").text for o in ET.parse(path("voc", "Annotations", file)).getroot().findall("object")]
    per.update(names)
    have.update(set(names))
counts["voc"] = {n: [per[n], have[n]] for n in sorted(per)}

# CoNLL-2003: word, part of speech, chunk, tag.
people, places, words = ["Ada", "Grace", "Alan"], ["London", "Paris"], ["walks", "the", "dog", "near", "a", "quiet", "river", "today"]
with open(path("conll", "yard.conll"), "w") as f:
    for document in range(3):
        f.write("-DOCSTART- -X- -X- O\n\n")
        for _ in range(8):
            f.write(f"{random.choice(people)} NNP B-NP B-PER\n")
            if random.random() < 0.4:
                f.write("Lovelace NNP I-NP I-PER\n")
            for _ in range(random.randint(3, 9)):
                f.write(f"{random.choice(words)} NN I-NP O\n")
            if random.random() < 0.3:
                f.write(f"in IN B-PP O\n{random.choice(places)} NNP B-NP B-LOC\n")
            f.write(". . O O\n\n")
per, have, sentences = Counter(), Counter(), 0
with open(path("conll", "yard.conll")) as f:
    for sentence in f.read().split("\n\n"):
        tags = [line.split()[-1] for line in sentence.split("\n") if line.strip() and not line.startswith("-DOCSTART-")]
        per.update(tags)
        have.update(set(tags))
        sentences += bool(tags)
counts["conll"] = {t: [per[t], have[t]] for t in sorted(per)}
counts["conll-sentences"] = sentences

# A folder per class, files of one pixel.
per = Counter()
for name, boxes in scene:
    if boxes:
        label = NAMES[max(b[0] for b in boxes)]
        black.save(path("folders", label, name + ".png"))
        per[label] += 1
open(path("folders", "car", "notes.txt"), "w").write("not an image\n")
counts["folders"] = dict(sorted(per.items()))

# Several labels a row: columns of 0 and 1, and one column with a separator; a score per label for 'decide'.
per, rows = Counter(), 0
with open(path("multilabel", "columns.csv"), "w") as a, open(path("multilabel", "tags.csv"), "w") as b:
    a.write("file," + ",".join(NAMES) + "," + ",".join("p_" + n for n in NAMES) + "\n")
    b.write("file,tags\n")
    for i in range(400):
        bits = [int(random.random() < chance / 2) for chance in CHANCE]
        scores = [min(0.999, max(0.001, random.gauss(0.35 if bit else 0.15, 0.12))) for bit in bits]
        a.write(f"{i:03d}.jpg," + ",".join(map(str, bits)) + "," + ",".join(f"{s:.3f}" for s in scores) + "\n")
        b.write(f"{i:03d}.jpg," + "|".join(n for n, bit in zip(NAMES, bits) if bit) + "\n")
        per.update(n for n, bit in zip(NAMES, bits) if bit)
        rows += 1
counts["multilabel"] = {n: [per[n], rows - per[n]] for n in NAMES}

with open(path("counts.json"), "w") as f:
    json.dump(counts, f, indent=1)
    f.write("\n")
with open(path("README.md"), "w") as f:
    f.write("# Labels of every kind\n\nMade by `bench/peers/labels_samples.py`, which draws boxes at random: no photograph of anything, and no rights of anyone.\n"
            "`counts.json` is what Pillow with numpy, json, ElementTree and str.split count in them; the tests hold the tool against it.\n")
print(json.dumps(counts))
