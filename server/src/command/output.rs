//! What people and scripts see: tables and sentences, or one JSON object a line.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use roadbook_core::Error;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// A column is never wider than this.
const WIDEST: usize = 48;

/// A line on standard output. Whoever reads it may have gone, as `head` does: what the command does, it does all the same.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// How a command speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) chinese: bool,
}

impl Output {
    /// One text in the chosen language.
    pub(crate) fn say<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        if self.chinese { zh } else { en }
    }

    /// One object: for scripts as it is, for people as `text` says it.
    pub(crate) fn object<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) {
        if self.json {
            line(serde_json::to_string(value).unwrap_or_default());
        } else {
            line(text());
        }
    }

    /// Objects: for scripts one a line, for people a table.
    pub(crate) fn table<T: Serialize>(&self, headers: &[&str], items: &[T], row: impl Fn(&T) -> Vec<String>) {
        if self.json {
            items.iter().for_each(|item| self.object(item, String::new));
            return;
        }
        if items.is_empty() {
            line(self.say("nothing", "无"));
            return;
        }
        let rows: Vec<Vec<String>> = items.iter().map(row).collect();
        let widths: Vec<usize> = headers
            .iter()
            .enumerate()
            .map(|(i, header)| {
                let widest = rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.width()).max();
                widest.unwrap_or(0).max(header.width()).min(WIDEST)
            })
            .collect();
        let print = |cells: &[String]| {
            let padded: Vec<String> =
                cells.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
            line(padded.join("  ").trim_end());
        };
        print(&headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>());
        rows.iter().for_each(|row| print(row));
    }

    /// What went wrong, on standard error.
    pub(crate) fn failure(&self, error: &(dyn std::error::Error + 'static)) {
        let text = match error.downcast_ref::<Error>() {
            Some(Error::Blocked { zh, .. }) if self.chinese => zh.clone(),
            Some(Error::Invalid(invalid)) if self.chinese => {
                invalid.problems.iter().map(|problem| problem.zh()).collect::<Vec<_>>().join("；")
            }
            Some(Error::Corrupt { .. }) => {
                let hint =
                    self.say("`roadbook salvage` does that", "存储文件已损坏，请运行 roadbook salvage");
                format!("{error}: {hint}")
            }
            _ => error.to_string(),
        };
        if self.json {
            eprintln!("{}", serde_json::json!({ "error": text }));
        } else {
            eprintln!("{}{text}", self.say("error: ", "错误："));
        }
    }

    /// A progress bar; hidden where nobody watches.
    pub(crate) fn progress(&self, total: u64, what: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(total).with_style(style).with_message(what.to_owned())
    }
}

/// A cell cut or filled to a width; a Chinese character takes two columns.
fn pad(text: &str, width: usize) -> String {
    let text = text.lines().next().unwrap_or_default();
    if text.width() <= width {
        return format!("{text}{}", " ".repeat(width - text.width()));
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + c.to_string().width() + 1 > width {
            break;
        }
        cut.push(c);
    }
    let gap = width.saturating_sub(cut.width() + 1);
    format!("{cut}…{}", " ".repeat(gap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_as_wide_as_they_look() {
        assert_eq!(pad("百草堂", 8), "百草堂  ");
        assert_eq!(pad("百草堂大药房", 8), "百草堂… ");
        assert_eq!(pad("two\nlines", 5), "two  ");
    }
}
