#!/bin/bash
# On a Mac with Xcode and Rust: builds RoadbookFFI.xcframework for iPhones, the simulator and the Mac, and zips it.
# The Rust targets must be installed: aarch64-apple-ios, aarch64-apple-ios-sim, x86_64-apple-ios, aarch64-apple-darwin,
# x86_64-apple-darwin. What is generated must be there: run .ci/bindings first.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(uname)" = Darwin ] || { echo 'xcframework.sh: needs a Mac: static libraries for Apple systems hold C code' >&2; exit 1; }
target=${CARGO_TARGET_DIR:-target}
export IPHONEOS_DEPLOYMENT_TARGET=16.0 MACOSX_DEPLOYMENT_TARGET=13.0
for triple in aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin; do
  # This crate type alone: see bindings/kotlin/aar.sh.
  cargo rustc --locked --profile mobile -p roadbook-ffi --lib --crate-type staticlib --target "$triple"
done
library() { echo "$target/$1/mobile/libroadbook_ffi.a"; }
fat=$target/apple
mkdir -p "$fat"
lipo -create "$(library aarch64-apple-ios-sim)" "$(library x86_64-apple-ios)" -output "$fat/simulator.a"
lipo -create "$(library aarch64-apple-darwin)" "$(library x86_64-apple-darwin)" -output "$fat/macos.a"
out=bindings/swift/RoadbookFFI.xcframework
bindings/swift/xcframework.py "$out" bindings/swift/Sources/RoadbookFFI/include \
  "ios-arm64=$(library aarch64-apple-ios)" "ios-arm64_x86_64-simulator=$fat/simulator.a" "macos-arm64_x86_64=$fat/macos.a"
bindings/swift/xcframework.py --check "$out"
rm -f "$target/RoadbookFFI.xcframework.zip"
(cd bindings/swift && ditto -c -k --keepParent RoadbookFFI.xcframework "$OLDPWD/$target/RoadbookFFI.xcframework.zip")
swift package compute-checksum "$target/RoadbookFFI.xcframework.zip"
