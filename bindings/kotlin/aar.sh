#!/bin/bash
# On a machine with the NDK (r28 or newer; ANDROID_NDK_HOME), Rust and its Android targets: builds the core for phones and lays
# out bindings/kotlin/target/roadbook.aar. What is compiled must be there: run .ci/kotlin and .ci/android first.
# The Rust targets: aarch64-linux-android, armv7-linux-androideabi, x86_64-linux-android.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${ANDROID_NDK_HOME:?aar.sh: say in ANDROID_NDK_HOME where the NDK is}"
api=26 # minSdk of bindings/kotlin/android
tools=$(echo "$ANDROID_NDK_HOME"/toolchains/llvm/prebuilt/*/bin)
[ -x "$tools/llvm-ar" ] || { echo "aar.sh: no NDK at $ANDROID_NDK_HOME" >&2; exit 1; }
NDK_REVISION=$(sed -n 's/^Pkg.Revision *= *//p' "$ANDROID_NDK_HOME/source.properties")
export NDK_REVISION
target=${CARGO_TARGET_DIR:-target}
libraries=()
# A panic may name the file it began in: without where this machine has it.
cargo fetch --locked
unnamed=$(printf ' --remap-path-prefix=%s=' "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*)
# ABI, Rust's name, clang's name.
while read -r abi triple clang; do
  compiler=$tools/$clang$api-clang
  name=${triple//-/_}
  # SQLite, zstd and ring are C: the cc crate reads these.
  export "CC_$name=$compiler" "AR_$name=$tools/llvm-ar"
  export "CARGO_TARGET_${name^^}_LINKER=$compiler"
  # What only emulators load is to be small before it is fast.
  if [ "$abi" = x86_64 ]; then
    export "CFLAGS_$name=$(sed -n 's/^CFLAGS = "\(.*\)"/\1/p' .cargo/config.toml) -Oz"
  fi
  # Phones with 16 KB pages load nothing that is aligned to 4. Relocations are packed as Android has read them since version 6,
  # and functions that come out the same are kept once. Frame pointers make the tables for unwinding shorter than the code longer,
  # and profiles readable.
  export "CARGO_TARGET_${name^^}_RUSTFLAGS=-Cforce-frame-pointers=yes -Clink-arg=-Wl,-z,max-page-size=16384,--pack-dyn-relocs=android,--icf=all$unnamed"
  # This crate type alone: with `lib` beside it, cargo leaves out the optimisation across crates, and the library is a quarter larger.
  cargo rustc --locked --profile mobile -p roadbook-ffi --lib --crate-type cdylib --target "$triple"
  # Gradle takes it from there, too: jniLibs of bindings/kotlin/android.
  mkdir -p "bindings/kotlin/android/jni/$abi"
  library=bindings/kotlin/android/jni/$abi/libroadbook_ffi.so
  "$tools/llvm-strip" --strip-unneeded -o "$library" "$target/$triple/mobile/libroadbook_ffi.so"
  libraries+=("$abi=$library")
done <<'ABIS'
arm64-v8a aarch64-linux-android aarch64-linux-android
armeabi-v7a armv7-linux-androideabi armv7a-linux-androideabi
x86_64 x86_64-linux-android x86_64-linux-android
ABIS
out=bindings/kotlin/target/roadbook.aar
bindings/kotlin/aar.py "$out" bindings/kotlin/target/classes android-sample/target/classes -- "${libraries[@]}"
bindings/kotlin/aar.py --check "$out"
echo "$out: $(stat -c %s "$out") bytes"
