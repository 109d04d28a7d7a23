#!/usr/bin/env python3
"""Lays out roadbook.aar, checks a layout, and writes down what it was built with.

    aar.py OUT CLASSES… -- ABI=LIBRARY…     e.g. target/classes -- arm64-v8a=…/libroadbook_ffi.so
    aar.py --check AAR
    aar.py --try CLASSES                    lays one out with headers in the libraries' places, and spoils it

The libraries need the NDK (aar.sh). Nothing that carries a date goes in: equal parts make an equal file.
"""

import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
# ABI: bits and machine of the ELF header, and the least alignment. Phones with 16 KB pages are 64-bit ones.
ABIS = {"arm64-v8a": (64, 183, 16384), "armeabi-v7a": (32, 40, 4096), "x86_64": (64, 62, 16384)}
NAME = "libroadbook_ffi.so"
MANIFEST = """<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="org.roadbook.android">
    <uses-sdk android:minSdkVersion="26" />
    <uses-permission android:name="android.permission.INTERNET" />
    <uses-permission android:name="android.permission.ACCESS_NETWORK_STATE" />
</manifest>
"""
TOOLS = {"rustc": ["rustc", "-vV"], "cargo": ["cargo", "-V"], "javac": ["javac", "-version"]}
# What is declared with one version: the file, and what stands before the version.
DECLARED = {
    "kotlin": ("pom.xml", "<kotlin.version>"),
    "coroutines": ("pom.xml", "<coroutines.version>"),
    "jna": ("pom.xml", "<jna.version>"),
    "uniffi": ("../ffi/Cargo.toml", 'uniffi = "='),
}


def pack(out, entries):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(entries.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def lay_out(out, folders, libraries):
    classes = {}
    for folder in map(Path, folders):
        # The classes and what Kotlin needs of them; the library for the JVM on Linux lies beside them.
        for file in [*folder.glob("org/roadbook/**/*.class"), *folder.glob("META-INF/*.kotlin_module")]:
            name = str(file.relative_to(folder))
            if not name.startswith("org/roadbook/sample/"):
                classes[name] = file.read_bytes()
    jar = io.BytesIO()
    pack(jar, classes)
    rules = (HERE / "android/consumer-rules.pro").read_bytes()
    entries = {"AndroidManifest.xml": MANIFEST, "classes.jar": jar.getvalue(), "proguard.txt": rules, "R.txt": ""}
    entries |= {f"jni/{abi}/{NAME}": Path(library).read_bytes() for abi, library in libraries.items()}
    pack(out, entries)


def segments(library):
    """Bits, machine and the alignments of what is loaded, from an ELF file's headers."""
    if library[:4] != b"\x7fELF" or library[5] != 1:
        raise ValueError("no little-endian ELF file")
    bits = {1: 32, 2: 64}[library[4]]
    (machine,) = struct.unpack_from("<H", library, 18)
    (start,) = struct.unpack_from("<Q" if bits == 64 else "<I", library, 32 if bits == 64 else 28)
    size, count = struct.unpack_from("<HH", library, 54 if bits == 64 else 42)
    align = "<Q" if bits == 64 else "<I"
    loaded = []
    for header in range(start, start + size * count, size):
        if struct.unpack_from("<I", library, header)[0] == 1:
            loaded.append(struct.unpack_from(align, library, header + (48 if bits == 64 else 28))[0])
    return bits, machine, loaded


def check(aar):
    wrong = []
    with zipfile.ZipFile(aar) as archive:
        names = set(archive.namelist())
        wanted = {"AndroidManifest.xml", "classes.jar", "proguard.txt", "R.txt"} | {f"jni/{a}/{NAME}" for a in ABIS}
        wrong += [f"{name} is missing" for name in sorted(wanted - names)]
        wrong += [f"{name} does not belong there" for name in sorted(names - wanted)]
        for abi, (bits, machine, least) in ABIS.items():
            if f"jni/{abi}/{NAME}" not in names:
                continue
            try:
                found = segments(archive.read(f"jni/{abi}/{NAME}"))
            except (ValueError, KeyError, IndexError, struct.error) as error:
                wrong.append(f"{abi}: {error}")
                continue
            if found[:2] != (bits, machine):
                wrong.append(f"{abi}: a library for another processor")
            if not found[2] or min(found[2]) < least:
                wrong.append(f"{abi}: loaded at {found[2]}, not at multiples of {least}")
        if {"proguard.txt", "classes.jar"} <= names:
            if archive.read("proguard.txt") != (HERE / "android/consumer-rules.pro").read_bytes():
                wrong.append("proguard.txt is not android/consumer-rules.pro")
            classes = zipfile.ZipFile(io.BytesIO(archive.read("classes.jar"))).namelist()
            wrong += [f"{c} is missing" for c in ("org/roadbook/Roadbook.class",) if c not in classes]
            wrong += [f"{c} does not belong there" for c in classes if not c.endswith((".class", ".kotlin_module"))]
    return wrong


def header(abi, align):
    """An ELF file that loads one segment and holds nothing."""
    bits, machine, _ = ABIS[abi]
    start = b"\x7fELF" + bytes([bits // 32, 1, 1]) + bytes(9) + struct.pack("<HHI", 3, machine, 1)
    if bits == 64:
        rest = struct.pack("<QQQIHHHHHH", 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        return start + rest + struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 0, 0, align)
    rest = struct.pack("<IIIIHHHHHH", 0, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return start + rest + struct.pack("<IIIIIIII", 1, 0, 0, 0, 0, 0, 5, align)


def built_with():
    versions = {"ndk": os.environ.get("NDK_REVISION")}
    for name, command in TOOLS.items():
        said = shutil.which(command[0]) and subprocess.run(command, capture_output=True, text=True)
        versions[name] = (said.stdout + said.stderr).strip() if said else None
    for name, (file, before) in DECLARED.items():
        found = re.search(re.escape(before) + r"([\d.]+)", (HERE / file).read_text())
        versions[name] = found and found[1]
    return versions


def try_out(classes):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "roadbook.aar"

        def made(aligns, swapped=False):
            libraries = {}
            for abi, align in aligns.items():
                libraries[abi] = Path(folder) / f"{abi}.so"
                libraries[abi].write_bytes(header("x86_64" if swapped else abi, align))
            lay_out(out, [classes], libraries)
            return check(out)

        good = {abi: 16384 for abi in ABIS}
        assert made(good) == [], made(good)
        first = out.read_bytes()
        assert made(good) == [] and out.read_bytes() == first, "equal parts make another file"
        assert any("loaded at" in w for w in made(good | {"arm64-v8a": 4096})), "4 KB pages are taken"
        assert any("missing" in w for w in made({"x86_64": 16384})), "a missing library is taken"
        unknown = [name for name, version in built_with().items() if not version and name != "ndk"]
        assert not unknown, f"no version of {unknown}"
        assert any("another processor" in w for w in made(good, swapped=True)), "any processor is taken"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--check", aar]:
            if wrong := check(aar):
                sys.exit("\n".join(wrong))
        case ["--try", classes]:
            try_out(classes)
        case [out, *rest] if "--" in rest:
            split = rest.index("--")
            lay_out(out, rest[:split], dict(pair.split("=", 1) for pair in rest[split + 1 :]))
            Path(f"{out}.built-with.json").write_text(json.dumps(built_with(), indent=2) + "\n")
        case _:
            sys.exit(__doc__)
