//! The examples in README.md and docs/EMBEDDING.md are the ones the packages' tests run.
#![allow(clippy::unwrap_used)]

use std::path::Path;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

/// What stands between two lines of `mark`, again and again, each without its common indentation.
fn tested(file: &str, mark: &str) -> Vec<String> {
    let text = read(file);
    let mut blocks: Vec<Vec<&str>> = vec![vec![]];
    for line in text.lines() {
        match line.trim() == mark {
            true => blocks.push(vec![]),
            false => blocks.last_mut().unwrap().push(line),
        }
    }
    assert!(blocks.len() > 2, "{file} has no two lines {mark}");
    let block = |lines: &Vec<&str>| -> String {
        let filled = lines.iter().filter(|l| !l.is_empty());
        let indent = filled.map(|l| l.len() - l.trim_start().len()).min().unwrap();
        lines.iter().map(|l| format!("{}\n", l.get(indent..).unwrap_or_default())).collect()
    };
    blocks.iter().skip(1).step_by(2).map(block).collect()
}

#[test]
fn the_pages_show_the_lines_that_the_packages_test() {
    for (page, mark, test) in
        [("README.md", "// README", "Readme"), ("docs/EMBEDDING.md", "// EMBEDDING", "Embedding")]
    {
        let text = read(page);
        for (language, file) in [
            ("kotlin", format!("bindings/kotlin/src/test/kotlin/org/roadbook/{test}Test.kt")),
            ("swift", format!("bindings/swift/Tests/RoadbookKitTests/{test}Tests.swift")),
        ] {
            for lines in tested(&file, mark) {
                let shown = format!("```{language}\n{lines}```\n");
                assert!(text.contains(&shown), "{page} does not show\n{shown}");
            }
        }
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
