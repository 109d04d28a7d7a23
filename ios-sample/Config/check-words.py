"""Checks that every word on the screen is in the catalogue, in both languages, that none there is unused, and that every
picture and every text area has words for VoiceOver or is hidden from it.

A key is a text in the code like "today.title"; names of symbols and identifiers stand where LEFT_OUT says. Run by .ci/ios.
"""

import json
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
LANGUAGES = {"en", "zh-Hans"}
LEFT_OUT = re.compile(r'case \w+ = "[^"]*"|"org\.[a-z.]+"')  # the symbols' names; the refresh's identifier
HOLE = re.compile(r"%(?:\d+\$)?(?:lld|@)")
problems = []


def literals(code):
    """Texts of a file; each value put into one is a hole: "team.row %"."""
    for start in re.finditer(r'"(?=[a-z]+\.[a-zA-Z])', code):
        text, place = "", start.end()
        while code[place] != '"':
            if code.startswith("\\(", place):
                depth, place = 1, place + 2
                while depth:
                    depth += {"(": 1, ")": -1}.get(code[place], 0)
                    place += 1
                text += "%"
            else:
                text, place = text + code[place], place + 1
        if re.fullmatch(r"[a-z]+(\.[a-zA-Z]+)+( %)*", text):
            yield text


catalogue = json.loads((root / "App/Localizable.xcstrings").read_text())["strings"]
SHOWS = re.compile(
    r'\b(?:Text|Button|Label|Section|Toggle|TextField|Picker|LabeledContent|NavigationLink|ContentUnavailableView|ShareLink'
    r'|ProgressView|navigationTitle|accessibilityLabel|accessibilityHint)\("([^"]*)"'
)


def silent(code):
    """What VoiceOver would read by a file's name, or not at all: each has words, or is hidden from it."""
    lines = code.splitlines()
    for number, line in enumerate(lines):
        if re.search(r"\b(?:Image|TextEditor)\(", line) and ".accessibility" not in " ".join(lines[number : number + 2]):
            yield f"line {number + 1}: {line.strip()}"


known = {HOLE.sub("%", key): key for key in catalogue}
used = set()
for file in sorted((root / "FieldKit/Sources").rglob("*.swift")):
    if file.name != "Symbols.swift":
        problems += [f"{file.name}: without words for VoiceOver: {line}" for line in silent(file.read_text())]
    for shown in SHOWS.findall(file.read_text()):
        if not re.match(r"[a-z]+\.[a-zA-Z]", shown):
            problems.append(f"{file.name}: words in the code: {shown}")
    for key in literals(LEFT_OUT.sub("", file.read_text())):
        used.add(key)
        if key not in known:
            problems.append(f"{file.name}: no words for {key}")
problems += [f"unused: {key}" for name, key in known.items() if name not in used]
for name, strings in [("Localizable", catalogue), ("InfoPlist", json.loads((root / "App/InfoPlist.xcstrings").read_text())["strings"])]:
    for key, entry in strings.items():
        texts = {language: unit["stringUnit"]["value"] for language, unit in entry["localizations"].items()}
        if set(texts) != LANGUAGES or not all(texts.values()):
            problems.append(f"{name}: {key} is not in both languages")
        wanted = sorted(re.findall(r"lld|@", " ".join(HOLE.findall(key))))
        for language, text in texts.items():
            if sorted(re.findall(r"lld|@", " ".join(HOLE.findall(text)))) != wanted:
                problems.append(f"{name}: {key} has other holes in {language}")
        if name == "Localizable" and texts.get("en") == texts.get("zh-Hans"):
            problems.append(f"{name}: {key} is not translated")
print(*problems or [f"words: {len(catalogue)} in {len(LANGUAGES)} languages, all well"], sep="\n")
sys.exit(bool(problems))
