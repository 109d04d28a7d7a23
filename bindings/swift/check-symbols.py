"""Checks the public symbols of RoadbookKit: each is documented, and none shows a generated type.

Takes the folder of the symbol graph. Run by .ci/ios.
"""

import json
import sys
from pathlib import Path

problems, seen = [], 0
for file in Path(sys.argv[1]).glob("RoadbookKit*.symbols.json"):
    for symbol in json.loads(file.read_text())["symbols"]:
        # What the compiler or a protocol of the standard library adds is documented there.
        if "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
            continue
        seen += 1
        name = ".".join(symbol["pathComponents"])
        declared = "".join(part["spelling"] for part in symbol["declarationFragments"])
        if "docComment" not in symbol:
            problems.append(f"not documented: {declared} ({name})")
        if "Ffi" in declared or "RoadbookCore" in declared or "RoadbookGenerated" in declared:
            problems.append(f"shows a generated type: {declared} ({name})")
if seen < 100:
    problems.append(f"only {seen} symbols: the graph is not whole")
print(*problems or [f"symbols: {seen} documented, none generated"], sep="\n")
sys.exit(bool(problems))
