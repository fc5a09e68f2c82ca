#!/usr/bin/env python3
"""Looks at the built site as files: every link and anchor of every page leads somewhere within it, every page has a title of its own and is found by the
search, and every public member of PublicAPI.*.txt has its place in the reference. The last line is 'N passed, N failed'.
Usage: build/check-site.py [FOLDER OF THE SITE]
"""
import collections
import html.parser
import json
import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
passed = failed = 0


def check(name, wrong, looked_at):
    """One check; what is wrong is listed. To have looked at nothing is wrong, too."""
    global passed, failed
    if looked_at and not wrong:
        passed += 1
        print(f"ok    {name}: {looked_at:,}")
        return
    failed += 1
    print(f"FAIL  {name}: {len(wrong):,} of {looked_at:,}")
    for line in wrong[:40]:
        print(f"      {line}")


class Page(html.parser.HTMLParser):
    """The anchors, links and title of a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.anchors, self.links, self.title, self.pictures, self._in_title = set(), [], "", [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(given[key] for key in ("id", "name") if given.get(key) and (key == "id" or tag == "a"))
        for key in ("href", "src"):
            if given.get(key) is not None and tag != "base":
                self.links.append(given[key])
        if tag == "img" and not (given.get("alt") or "").strip() and given.get("id") != "logo":
            self.pictures.append(given.get("src"))
        self._in_title = self._in_title or (tag == "title" and not self.title)

    def handle_endtag(self, tag):
        if tag == "title":
            self._in_title = False

    def handle_data(self, data):
        if self._in_title:
            self.title += data


def look_at_pages(site):
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    broken, links = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            links += 1
            target = path if not parts.path else (path.parent / urllib.parse.unquote(parts.path)).resolve()
            if target.is_dir():
                target = target / "index.html"
            anchor = urllib.parse.unquote(parts.fragment)
            if site not in target.parents or not target.is_file():
                broken.append(f"{path.relative_to(site)}: {link}")
            elif anchor and target in pages and anchor not in pages[target].anchors and anchor != "top":
                broken.append(f"{path.relative_to(site)}: {link} (no such place on the page)")
    check("links within the site", broken, links)
    full = {path: page for path, page in pages.items() if path.name != "toc.html"}
    titles = collections.Counter(page.title.strip() for page in full.values())
    check("titles", [f"{path.relative_to(site)}: '{page.title.strip()}'" for path, page in full.items()
                     if not page.title.strip() or titles[page.title.strip()] > 1], len(full))
    check("pictures that say what they show", [f"{path.relative_to(site)}: {src}" for path, page in pages.items() for src in page.pictures], len(pages))
    found = json.loads((site / "index.json").read_text(encoding="utf-8"))
    known = {entry["href"] for entry in found.values()}
    check("pages that the search knows", [str(path.relative_to(site)) for path in full if path.relative_to(site).as_posix() not in known], len(full))


def cut(text, sign):
    """Where a sign stands outside brackets; -1 if nowhere."""
    depth = 0
    for at, letter in enumerate(text):
        if letter == sign and depth == 0:
            return at
        depth += (letter in "<([{") - (letter in ">)]}")
    return -1


def split(text):
    """The parts between commas outside brackets."""
    parts = []
    while (at := cut(text, ",")) >= 0:
        parts.append(text[:at])
        text = text[at + 1:]
    return [*parts, text] if text.strip() else parts


OPERATORS = {
    "==": "op_Equality", "!=": "op_Inequality", "<": "op_LessThan", ">": "op_GreaterThan", "<=": "op_LessThanOrEqual", ">=": "op_GreaterThanOrEqual",
    "+": "op_Addition", "-": "op_Subtraction", "*": "op_Multiply", "/": "op_Division", "|": "op_BitwiseOr", "&": "op_BitwiseAnd", "^": "op_ExclusiveOr",
    "!": "op_LogicalNot", "~": "op_OnesComplement", "true": "op_True", "false": "op_False",
}


def named(text):
    """A.B<T>.C<U, V> as identifiers of documentation have it, without the numbers of methods' own type parameters: A.B`1.C."""
    parts, depth = [""], 0
    for letter in text:
        if letter == "." and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
        depth += (letter == "<") - (letter == ">")
    made = []
    for part in parts:
        name, _, generic = part.partition("<")
        made.append(f"{name}`{len(split(generic[:-1]))}" if generic and name else part)
    return ".".join(made)


def member(line):
    """A line of PublicAPI.*.txt as a name and how many parameters it has; None for a line that names no member."""
    line = line.strip()
    if not line or line.startswith(("#", "*REMOVED*")):
        return None
    left = line.rsplit(" -> ", 1)[0]
    left = re.sub(r"^~?((const|static|abstract|virtual|override|readonly|sealed) )+", "", left)
    if " -> " not in line:
        return named(left), 0
    operator = re.match(r"(.*)\.(?:(explicit|implicit) )?operator (.*?)\((.*)\)$", left)
    if operator:
        kind = {"explicit": "op_Explicit", "implicit": "op_Implicit"}.get(operator[2] or "") or OPERATORS[operator[3]]
        return f"{named(operator[1])}.{kind}", len(split(operator[4]))
    indexer = re.match(r"(.*)\.this\[(.*)\]\.(?:get|set|init)$", left)
    if indexer:
        return f"{named(indexer[1])}.Item", len(split(indexer[2]))
    at = cut(left, "(")
    if at < 0:
        return named(re.sub(r"\.(get|set|init|add|remove)$", "", left.split(" = ")[0])), 0
    name, arguments = left[:at], left[at + 1:left.rindex(")")]
    if "<Clone>$" in name:
        return None  # what 'with' calls; C# has no name for it
    name = re.sub(r"<[^<>.]*>$", "", name)  # the method's own type parameters
    owner, _, last = named(name).rpartition(".")
    if owner.rpartition(".")[2].partition("`")[0] == last:
        last = "#ctor"
    return f"{owner}.{last}", len(split(arguments))


def look_at_reference(site):
    there = collections.Counter()
    for line in (site / "xrefmap.yml").read_text(encoding="utf-8").splitlines():
        entry = re.match(r"\s*(?:- )?commentId: '?([A-Z]):(.*?)'?$", line)
        if not entry:
            continue
        name, _, rest = entry[2].partition("(")
        name = re.sub(r"``\d+$", "", name)
        there[name, len(split(rest.rsplit(")", 1)[0].replace("{", "<").replace("}", ">"))) if rest else 0] += 1
    asked = {}
    for path in sorted((ROOT / "src").glob("*/PublicAPI.*.txt")):
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            found = member(line)
            if found is not None:
                asked.setdefault(found, set()).add(re.sub(r"\.(get|set|init|add|remove) -> .*", "", line))
    missing = {found: lines for found, lines in asked.items() if there[found] < len(lines) and not is_unwritten(site, found)}
    check("public members in the reference", [line for lines in missing.values() for line in sorted(lines)], sum(map(len, asked.values())))


def is_unwritten(site, found):
    """Whether a member is the constructor without parameters that C# gives every struct, and nobody wrote."""
    owner, _, last = found[0].rpartition(".")
    page = site / "api" / f"{owner.replace('`', '-')}.html"
    return (last, found[1]) == ("#ctor", 0) and page.is_file() and re.search(r">public [a-z ]*\bstruct ", page.read_text(encoding="utf-8")) is not None


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "artifacts" / "site").resolve()
    if not (folder / "index.html").is_file():
        sys.exit(f"{folder} holds no site; build/site.sh makes one.\n0 passed, 1 failed")
    look_at_pages(folder)
    look_at_reference(folder)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)
