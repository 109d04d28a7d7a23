//! Writes the code of uniffi's side of the border in Kotlin and Swift. `.ci/bindings` calls it.

fn main() {
    uniffi::uniffi_bindgen_main();
}
