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

/// All text of our tests.
fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_threat_names_tests_that_are_there() {
    let mut tests = String::new();
    for folder in ["core/src", "server/src", "tests/tests"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut tests);
    }
    let document = read("docs/SECURITY.md");
    let threats = document.split("## Threats").nth(1).unwrap().split("## ").next().unwrap();
    let rows: Vec<&str> = threats.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert!(rows.len() > 10);
    for row in rows {
        let named: Vec<&str> = row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{row}");
        for test in named {
            assert!(tests.contains(&format!("fn {test}(")), "there is no test {test}");
        }
    }
}
