//! The examples in README.md are the ones the packages' tests run.
#![allow(clippy::unwrap_used)]

use std::path::Path;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

/// The lines between the two `// README` marks, without their common indentation.
fn tested(file: &str) -> String {
    let text = read(file);
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|l| l.trim() != "// README")
        .skip(1)
        .take_while(|l| l.trim() != "// README")
        .collect();
    let indent = lines.iter().map(|l| l.len() - l.trim_start().len()).min().unwrap();
    lines.iter().map(|l| format!("{}\n", &l[indent..])).collect()
}

#[test]
fn the_readme_shows_the_lines_that_the_packages_test() {
    let readme = read("README.md");
    for (language, file) in [
        ("kotlin", "bindings/kotlin/src/test/kotlin/org/roadbook/ReadmeTest.kt"),
        ("swift", "bindings/swift/Tests/RoadbookKitTests/ReadmeTests.swift"),
    ] {
        let shown = format!("```{language}\n{}```\n", tested(file));
        assert!(readme.contains(&shown), "README.md does not show\n{shown}");
    }
}
