#!/usr/bin/env python3
"""Lays out RoadbookFFI.xcframework from static libraries, and writes down what they were built with.

    xcframework.py OUT HEADERS SLICE=LIBRARY…     e.g. ios-arm64=…/libroadbook_ffi.a ios-arm64_x86_64-simulator=…
    xcframework.py --check OUT                    lints a layout

A layout is what `xcodebuild -create-xcframework` makes; building the libraries needs a Mac (xcframework.sh).
"""

import hashlib
import json
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = {
    "rustc": ["rustc", "--version", "--verbose"],
    "cargo": ["cargo", "--version"],
    "xcodebuild": ["xcodebuild", "-version"],
    "swift": ["swift", "--version"],
}
ARCHITECTURES = {"arm64", "x86_64"}
PLATFORMS = {("ios", None), ("ios", "simulator"), ("macos", None)}


def version(command):
    """What a tool says of itself; None where it is not installed, which is written down too."""
    if shutil.which(command[0]) is None:
        return None
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def parts(identifier):
    platform, architectures, *variant = identifier.split("-")
    names = [name for name in ("arm64", "x86_64") if name in architectures]
    return platform, names if "_".join(names) == architectures else [architectures], variant[0] if variant else None


def lay_out(out, headers, slices):
    shutil.rmtree(out, ignore_errors=True)
    libraries, sums = [], {}
    for given in slices:
        identifier, library = given.split("=", 1)
        platform, architectures, variant = parts(identifier)
        folder = out / identifier
        # In a folder of their own: two frameworks with a module.modulemap at the top collide in Xcode.
        shutil.copytree(headers, folder / "Headers" / "RoadbookFFI")
        shutil.copy(library, folder / "libroadbook_ffi.a")
        sums[identifier] = hashlib.sha256((folder / "libroadbook_ffi.a").read_bytes()).hexdigest()
        entry = {
            "BinaryPath": "libroadbook_ffi.a",
            "HeadersPath": "Headers",
            "LibraryIdentifier": identifier,
            "LibraryPath": "libroadbook_ffi.a",
            "SupportedArchitectures": architectures,
            "SupportedPlatform": platform,
        }
        if variant:
            entry["SupportedPlatformVariant"] = variant
        libraries.append(entry)
    info = {"AvailableLibraries": libraries, "CFBundlePackageType": "XFWK", "XCFrameworkFormatVersion": "1.0"}
    (out / "Info.plist").write_bytes(plistlib.dumps(info))
    built = {"libraries": sums, "tools": {name: version(command) for name, command in TOOLS.items()}}
    (out / "BUILT-WITH.json").write_text(json.dumps(built, indent=2) + "\n")


def check(out):
    problems = []

    def expect(holds, problem):
        if not holds:
            problems.append(problem)

    info = plistlib.loads((out / "Info.plist").read_bytes())
    built = json.loads((out / "BUILT-WITH.json").read_text())
    expect(info["CFBundlePackageType"] == "XFWK" and info["XCFrameworkFormatVersion"] == "1.0", "Info.plist: not an XCFramework")
    expect(info["AvailableLibraries"], "no library")
    expect(set(built["tools"]) == set(TOOLS) and built["tools"]["rustc"], "BUILT-WITH.json: tools are missing")
    seen = {"Info.plist", "BUILT-WITH.json"}
    for entry in info["AvailableLibraries"]:
        name = entry["LibraryIdentifier"]
        seen.add(name)
        platform, architectures, variant = parts(name)
        expect((platform, variant) in PLATFORMS, f"{name}: unknown platform")
        expect(set(architectures) <= ARCHITECTURES, f"{name}: unknown architecture")
        expect(
            (platform, architectures, variant)
            == (entry["SupportedPlatform"], entry["SupportedArchitectures"], entry.get("SupportedPlatformVariant")),
            f"{name}: the identifier says something else than the entry",
        )
        library = out / name / entry["LibraryPath"]
        expect(library.is_file() and library.stat().st_size > 0, f"{name}: no library")
        if library.is_file():
            expect(hashlib.sha256(library.read_bytes()).hexdigest() == built["libraries"].get(name), f"{name}: another library")
        headers = out / name / entry["HeadersPath"] / "RoadbookFFI"
        expect((headers / "RoadbookFFI.h").is_file(), f"{name}: no header")
        modulemap = headers / "module.modulemap"
        text = modulemap.read_text() if modulemap.is_file() else ""
        expect("module RoadbookFFI" in text and 'header "RoadbookFFI.h"' in text, f"{name}: no module map")
    for extra in {p.name for p in out.iterdir()} - seen:
        problems.append(f"in no entry: {extra}")
    print(*problems or [f"XCFramework: {len(info['AvailableLibraries'])} libraries, all well"], sep="\n")
    return bool(problems)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        sys.exit(check(Path(sys.argv[2])))
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    lay_out(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
