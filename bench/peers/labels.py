"""Times the counting of labels by the tool beside what people write by hand, in pairs: one run of the one, one of the other, several times.

    python3 bench/peers/labels.py make FOLDER                     # about 3 GB: masks, a COCO file, a folder of names, a token file
    python3 bench/peers/labels.py run FOLDER TOOL.dll [PAIRS]     # TOOL.dll is Counterweight.Cli.dll of a Release build

Needs Pillow and numpy. Every peer runs in a process of its own, as the tool does; times are of whole processes, start included; the memory is the
largest resident set. Both must give the same counts, or the run stops.
"""
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time

MASKS, SIDE, NAMES = 1000, 1024, 1_000_000


def make(root):
    import numpy as np
    from PIL import Image, ImageDraw

    os.makedirs(f"{root}/masks", exist_ok=True)
    for i in range(MASKS):
        rnd = random.Random(i)
        mask = Image.new("P", (SIDE, SIDE), 0)
        mask.putpalette([(j * 37) % 256 for j in range(768)])
        draw = ImageDraw.Draw(mask)
        for _ in range(120):  # things of every size with the outline that VOC has
            x, y, w, h = rnd.randrange(SIDE), rnd.randrange(SIDE), rnd.randrange(4, 260), rnd.randrange(4, 260)
            (draw.ellipse if rnd.random() < 0.7 else draw.rectangle)([x, y, x + w, y + h], fill=rnd.randrange(1, 21), outline=255)
        mask.save(f"{root}/masks/{i:04d}.png")
    rnd = random.Random(1)
    with open(f"{root}/coco.json", "w") as f:
        f.write('{"info": {}, "images": [')
        f.write(",".join(json.dumps({"id": i, "file_name": f"{i:012d}.jpg", "height": 480, "width": 640}) for i in range(120_000)))
        f.write('], "annotations": [')
        n = 0
        while f.tell() < 1_000_000_000:
            outline = [round(rnd.random() * 640, 2) for _ in range(2 * rnd.randrange(4, 60))]
            f.write(("," if n else "") + json.dumps({
                "segmentation": [outline], "area": 702.1, "iscrowd": int(n % 97 == 0), "image_id": rnd.randrange(120_000), "bbox": outline[:4],
                "category_id": 1 + int(79 * rnd.random() ** 3), "id": n}))
            n += 1
        f.write('], "categories": [' + ",".join(json.dumps({"id": c, "name": f"class {c}"}) for c in range(1, 81)) + "]}")
    for i in range(NAMES):
        folder = f"{root}/names/class_{i % 100:02d}"
        if i < 100:
            os.makedirs(folder, exist_ok=True)
        open(f"{folder}/{i:07d}.{'JPG' if i % 7 else 'txt'}", "w").close()
    words = [f"word{i}" for i in range(5000)]
    tags = ["O"] * 16 + ["B-PER", "I-PER", "B-LOC", "B-ORG"]
    part = "".join(
        "".join(f"{rnd.choice(words)} NN B-NP {rnd.choice(tags)}\n" for _ in range(rnd.randrange(5, 40))) + "\n" for _ in range(20_000))
    with open(f"{root}/tokens.conll", "w") as f:
        while f.tell() < 1_000_000_000:
            f.write(part)


PEERS = {
    "masks": """
import os, sys, numpy as np
from PIL import Image
root = sys.argv[1] + "/masks"
total = np.zeros(256, dtype=np.int64)
for name in sorted(os.listdir(root)):
    total += np.bincount(np.asarray(Image.open(os.path.join(root, name))).ravel(), minlength=256)
total[255] = 0
print([int(n) for n in total if n])
""",
    "coco": """
import collections, json, sys
data = json.load(open(sys.argv[1] + "/coco.json"))
count = collections.Counter(a["category_id"] for a in data["annotations"] if not a["iscrowd"])
print([count[c["id"]] for c in data["categories"]])
""",
    "names": """
import os, sys
root = sys.argv[1] + "/names"
print([sum(f.lower().endswith((".jpg", ".jpeg", ".png")) for _, _, files in os.walk(os.path.join(root, c)) for f in files) for c in sorted(os.listdir(root))])
""",
    "tokens": """
import collections, sys
count = collections.Counter()
with open(sys.argv[1] + "/tokens.conll") as f:
    for line in f:
        if line.strip() and not line.startswith("-DOCSTART-"):
            count[line.split()[-1]] += 1
print([count[t] for t in sorted(count)])
""",
    "read": """
import sys
with open(sys.argv[1] + "/tokens.conll", "rb", buffering=0) as f:
    buffer = bytearray(1 << 22)
    while f.readinto(buffer):
        pass
print([])
""",
}
PATHS = {"masks": ["masks", "--ignore", "255"], "coco": ["coco.json"], "names": ["names"], "tokens": ["tokens.conll"]}


def timed(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, output


def run(root, tool, pairs):
    for name, (path, *options) in PATHS.items():
        ours, theirs, ratios, memory, peer_memory = [], [], [], 0, 0
        repeats = 1 if name == "coco" else pairs
        for _ in range(pairs):
            seconds, peak, output = timed(["dotnet", tool, "weights", f"{root}/{path}", *options, "--empty-class", "zero", "--json", "-q", "-s", "balanced"])
            counts = [c["count"] for c in json.loads(output)["classes"]]
            ours.append(seconds)
            memory = max(memory, peak)
            if len(theirs) < repeats:
                seconds, peak, output = timed([sys.executable, "-c", PEERS[name], root])
                if json.loads(output) != counts:
                    sys.exit(f"{name}: the peer counts otherwise")
                theirs.append(seconds)
                peer_memory = max(peer_memory, peak)
            ratios.append(theirs[-1] / ours[-1])
        print(f"| {name} | {statistics.median(ours):.2f} s | {memory:.0f} MB | {statistics.median(theirs):.2f} s | {peer_memory:.0f} MB "
              f"| {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}) |", flush=True)
    reads = [timed([sys.executable, "-c", PEERS["read"], root])[0] for _ in range(pairs)]
    print(f"reading tokens.conll and doing nothing: {statistics.median(reads):.2f} s")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else 5)
