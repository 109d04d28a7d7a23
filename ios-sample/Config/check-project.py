"""Checks Field.xcodeproj on any system: it parses, every id resolves and is used, every path is there, products exist.

Needs pbxproj. Run by .ci/ios.
"""

import plistlib
import re
import sys
from pathlib import Path

from pbxproj import XcodeProject

root = Path(__file__).resolve().parent.parent
file = root / "Field.xcodeproj/project.pbxproj"
text = file.read_text()
project = XcodeProject.load(str(file))
objects = {o.get_id(): o for o in project.objects.get_objects_in_section(*project.objects.get_sections())}
manifest = (root / "FieldKit/Package.swift").read_text()
problems = []


def expect(holds, problem):
    if not holds:
        problems.append(problem)


expect(project.objectVersion == "77", "objectVersion is not 77: a synchronised group needs it")
for unknown in set(re.findall(r"\b[0-9A-F]{24}\b", text)) - set(objects):
    problems.append(f"unknown id {unknown}")
used = re.findall(r"\b([0-9A-F]{24})\b(?! (?:/\*.*?\*/ )?= \{\s*isa)", text)
defined = re.findall(r"^\t\t([0-9A-F]{24}) .*?= \{", text, re.MULTILINE)
for name, item in objects.items():
    expect(name in used, f"never used: {name} {item.isa}")
    expect(defined.count(name) == 1, f"defined {defined.count(name)} times: {name}")
    for key in "path", "relativePath":
        path = item[key] if key in item else None
        if path and ("sourceTree" not in item or item["sourceTree"] == "<group>"):
            expect((root / path).exists(), f"{item.isa}: no {path}")
    if item.isa == "XCSwiftPackageProductDependency":
        expect(f'.library(name: "{item.productName}"' in manifest, f"no product {item.productName} in FieldKit")
plists = {o.buildSettings["INFOPLIST_FILE"] for o in objects.values() if o.isa == "XCBuildConfiguration" and "INFOPLIST_FILE" in o.buildSettings}
expect(plists, "no Info.plist")
for path in plists:
    info = plistlib.loads((root / path).read_bytes())
    code = "\n".join(p.read_text() for p in (root / "FieldKit/Sources").rglob("*.swift"))
    for name in info["BGTaskSchedulerPermittedIdentifiers"]:
        expect(f'"{name}"' in code, f"{path}: {name} is not what the app asks for")
expect(any(o.isa == "PBXFileSystemSynchronizedRootGroup" for o in objects.values()), "no synchronised group")
print(*problems or [f"project: {len(objects)} objects, all well"], sep="\n")
sys.exit(bool(problems))
