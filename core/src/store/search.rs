//! Search: every substring of two or more characters, and every single character, in Chinese and Latin text, whatever
//! its case and width.
//!
//! Text is folded (NFKC, lower case, everything that is neither letter nor digit becomes one `_`) and cut into
//! overlapping pairs of characters; a query is the phrase of its pairs. Measured over 50,000 texts of 237 characters
//! (`DESIGN.md` §10): as fast to insert as SQLite's own trigrams, smaller, and it finds two-character names, which
//! most Chinese names are and trigrams never find. Not found: a word across the border of two fields, simplified by
//! traditional characters, pinyin.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

/// Stands for everything between words.
const GAP: char = '_';

/// Appends text as search compares it, one gap where it would stand beside another.
fn fold(text: &str, folded: &mut String) {
    let before = folded.len();
    // Normalising looks at what stands beside a character, so it is all or nothing.
    if !text.chars().all(|c| simple(c).map(|c| push(c, folded)).is_some()) {
        folded.truncate(before);
        general(text).for_each(|c| push(c, folded));
    }
}

fn push(c: char, folded: &mut String) {
    if c != GAP || !folded.ends_with(GAP) {
        folded.push(c);
    }
}

fn general(text: &str) -> impl Iterator<Item = char> {
    let lower = text.nfkc().flat_map(char::to_lowercase);
    lower.map(|c| if c.is_alphanumeric() { c } else { GAP })
}

/// A character of everyday Chinese and English text as search compares it: what normalising neither changes nor
/// combines with another, or punctuation, which is a gap either way. A tenth of the time of the general way.
fn simple(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' | '\u{4E00}'..='\u{9FFF}' => Some(c),
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        '\0'..='\x7F'
        | '，'
        | '。'
        | '、'
        | '：'
        | '；'
        | '！'
        | '？'
        | '（'
        | '）'
        | '《'
        | '》'
        | '“'
        | '”' => Some(GAP),
        _ => None,
    }
}

/// The index entry of a record's texts, or `None` if there is nothing to find.
pub(super) fn index<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let all = folded(texts);
    (all.len() > GAP.len_utf8()).then(|| pairs(&all))
}

/// Whether [`query`] would find a record by the index entry of its texts.
pub(super) fn finds<'a>(text: &str, texts: impl IntoIterator<Item = &'a str>) -> bool {
    let all = folded(texts);
    text.split_whitespace().filter_map(word).all(|word| all.contains(&word))
}

fn folded<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = String::from(GAP);
    for text in texts {
        fold(text, &mut all);
        push(GAP, &mut all);
    }
    all
}

/// A word of a query as search compares it; none if search sees nothing in it.
fn word(text: &str) -> Option<String> {
    let mut folded = String::new();
    fold(text, &mut folded);
    let word = folded.trim_matches(GAP);
    (!word.is_empty()).then(|| word.to_owned())
}

/// The query that finds records containing every word of `text`, or `None` if it has none.
pub(crate) fn query(text: &str) -> Option<String> {
    let mut query = String::new();
    for word in text.split_whitespace().filter_map(word) {
        if !query.is_empty() {
            query.push_str(" AND ");
        }
        // Tokens are letters, digits and gaps only, so nothing in them can end the quotes.
        let _ = match word.chars().nth(1) {
            Some(_) => write!(query, "\"{}\"", pairs(&word)),
            None => write!(query, "\"{word}\"*"),
        };
    }
    (!query.is_empty()).then_some(query)
}

fn pairs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    let mut starts = text.char_indices().map(|(start, _)| start).chain([text.len()]);
    let (mut first, mut second) = (starts.next().unwrap_or(0), starts.next().unwrap_or(0));
    for end in starts {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&text[first..end]);
        (first, second) = (second, end);
    }
    out
}

/// Where a text contains a word of the query, cut to what a list shows: about `around` characters on each side.
pub(crate) fn excerpt(text: &str, query: &str, around: usize) -> Option<String> {
    let word: Vec<char> = query.split_whitespace().find_map(word)?.chars().collect();
    // Folding can change the number of characters, so each folded character remembers where it came from.
    let mut folded: Vec<(char, usize)> = Vec::new();
    for (place, c) in text.chars().enumerate() {
        let mut push = |c: char| {
            if c != GAP || folded.last().is_none_or(|(last, _)| *last != GAP) {
                folded.push((c, place));
            }
        };
        match simple(c) {
            Some(c) => push(c),
            None => general(c.encode_utf8(&mut [0; 4])).for_each(push),
        }
    }
    let found = folded.windows(word.len()).find(|w| w.iter().map(|(c, _)| c).eq(&word))?;
    let (start, end) = (found.first()?.1.saturating_sub(around), found.last()?.1 + around);
    let length = text.chars().count();
    let shown: String = text.chars().skip(start).take(end + 1 - start).collect();
    let (before, after) = (if start > 0 { "…" } else { "" }, if end + 1 < length { "…" } else { "" });
    Some(format!("{before}{}{after}", shown.replace('\n', " ")))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn finds(texts: &[&str], wanted: &str) -> bool {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(
            "CREATE VIRTUAL TABLE search USING fts5 (text, content = '', contentless_delete = 1,
                tokenize = \"ascii tokenchars '_'\")",
        )
        .unwrap();
        db.execute("INSERT INTO search (rowid, text) VALUES (1, ?1)", [index(texts.iter().copied())])
            .unwrap();
        let Some(query) = query(wanted) else { return false };
        db.query_row("SELECT count(*) FROM search WHERE search MATCH ?1", [query], |r| r.get::<_, i64>(0))
            .unwrap()
            == 1
    }

    #[test]
    fn every_substring_is_found_whatever_its_case_and_width() {
        let texts = ["王小明 采购经理", "Ａｃｍｅ Corp. (Beijing) ＃７", "ｶﾀｶﾅ Straße"];
        for wanted in [
            "王",
            "明",
            "小明",
            "王小明",
            "采购",
            "购经理",
            "acme",
            "ACME",
            "ａｃｍｅ",
            "cm",
            "corp",
            "e corp",
            "7",
            "Beijing",
            "カタカナ",
            "经理 acme",
            "straße",
            "理",
        ] {
            assert!(finds(&texts, wanted), "{wanted}");
        }
        for absent in ["王明", "小王", "acne", "经理 nobody", "!!", "", "  ", "理acme"] {
            assert!(!finds(&texts, absent), "{absent}");
        }
    }

    #[test]
    fn the_short_way_of_folding_gives_what_the_general_one_gives() {
        let everyday: Vec<char> = ('\0'..=char::MAX).filter(|c| simple(*c).is_some()).collect();
        assert!(everyday.len() > 20_000);
        for c in everyday {
            let after_a_letter = format!("e{c}");
            let simple = [Some('e'), simple(c)].into_iter().flatten();
            assert!(general(&after_a_letter).eq(simple), "{c:?}");
        }
    }

    #[test]
    fn nothing_in_a_query_is_syntax() {
        for odd in ["\"", "a\" OR \"b", "NEAR(", "-x", "*", "a*b", "col:x", "^王"] {
            finds(&["王小明"], odd);
        }
        assert!(finds(&["a OR b"], "a OR b"));
        assert!(finds(&["50%"], "50%"));
    }

    #[test]
    fn an_excerpt_shows_the_place() {
        let text = "客户对新品样机很感兴趣，要求下周再来演示一次。ＡＢＣ";
        assert_eq!(excerpt(text, "下周", 4).unwrap(), "…趣，要求下周再来演示…");
        assert_eq!(excerpt(text, "abc", 2).unwrap(), "…次。ＡＢＣ");
        assert_eq!(excerpt(text, "none", 2), None);
    }
}
