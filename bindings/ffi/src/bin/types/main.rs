//! Writes the Kotlin and Swift types of every record kind from the core's declarations.
//!
//! `roadbook-types ROOT` writes them into the repository at ROOT; with `--check` it changes nothing and fails if a file
//! there is not what it would write. A kind added in the core appears in both packages by running it.

mod kotlin;
mod names;
mod swift;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use roadbook_core::model::{Kind, kinds};

const FOLDERS: [(&str, &str, fn(&Kind) -> String); 2] = [
    ("bindings/kotlin/src/generated/kotlin/org/roadbook", "kt", kotlin::file),
    ("bindings/swift/Sources/RoadbookKit/Generated", "swift", swift::file),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments.iter().any(|a| a == "--check");
    let Some(root) = arguments.iter().find(|a| !a.starts_with("--")) else {
        eprintln!("usage: roadbook-types [--check] ROOT");
        return ExitCode::from(2);
    };
    match run(Path::new(root), check) {
        Ok(differing) if check && !differing.is_empty() => {
            for file in differing {
                eprintln!("{} is out of date", file.display());
            }
            eprintln!("run: cargo run -p roadbook-ffi --features tools --bin roadbook-types .");
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("roadbook-types: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Brings the folders in line, or only says which files differ.
fn run(root: &Path, check: bool) -> std::io::Result<Vec<PathBuf>> {
    let mut differing = Vec::new();
    for (folder, extension, write) in FOLDERS {
        let folder = root.join(folder);
        let wanted: BTreeMap<PathBuf, String> = kinds::STANDARD
            .iter()
            .map(|kind| (folder.join(format!("{}.{extension}", names::kind_type(kind.name))), write(kind)))
            .collect();
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(&folder)? {
            let file = entry?.path();
            if !wanted.contains_key(&file) {
                differing.push(file.clone());
                if !check {
                    std::fs::remove_file(file)?;
                }
            }
        }
        for (file, text) in wanted {
            if std::fs::read_to_string(&file).ok().as_deref() != Some(text.as_str()) {
                differing.push(file.clone());
                if !check {
                    std::fs::write(file, text)?;
                }
            }
        }
    }
    Ok(differing)
}
