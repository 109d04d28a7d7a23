//! A CSV file as people have it: comma, semicolon or tab; UTF-8 with or without a mark; rows of any length.

use std::path::Path;

use super::Result;

/// A row with its number in the file.
pub(super) type Row = (u64, csv::StringRecord);

/// Headers and rows.
pub(super) fn read(path: &Path) -> Result<(Vec<String>, Vec<Row>)> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| format!("{shown}: {e}"))?;
    parse(bytes).map_err(|e| format!("{shown}: {e}").into())
}

pub(super) fn parse(bytes: Vec<u8>) -> Result<(Vec<String>, Vec<Row>)> {
    let content =
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8; save it as “CSV UTF-8” and try again")?;
    let content = content.trim_start_matches('\u{feff}');
    let first = content.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| first.bytes().filter(|byte| byte == d).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(content.as_bytes());
    let headers: Vec<String> = reader.headers()?.iter().map(|header| header.trim().to_owned()).collect();
    let (mut rows, mut at, mut line) = (Vec::new(), 0, 1);
    for record in reader.records() {
        let record = record?;
        // Where the reader says that a record begins, the end of the line before may still stand, and empty lines.
        let begins = record.position().map_or(0, |position| position.byte() as usize);
        let empty = content[begins..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += lines_in(&content[at..begins + empty]);
        at = begins + empty;
        rows.push((line, record));
    }
    Ok((headers, rows))
}

/// Ends of lines: of Windows, of Unix, of old.
fn lines_in(text: &str) -> u64 {
    let ends = text.bytes().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
    (ends - text.matches("\r\n").count()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_csv_file_holds_is_rows_or_refused() {
        let good =
            "\u{feff}名称;电话;备注\r\n百草堂;\"0571-8888\r\n转 3\";他说“好”\r\n\"a\"\"b\";;\n".as_bytes();
        let (headers, rows) = parse(good.to_vec()).unwrap();
        assert_eq!((headers.len(), rows.len(), rows[1].0), (3, 2, 4));
        bolero::check!().with_type::<(Vec<(u8, u8)>, Vec<u8>)>().for_each(|(edits, noise)| {
            let mut edited = good.to_vec();
            for (at, value) in edits {
                let at = usize::from(*at) % edited.len();
                edited[at] = *value;
            }
            edited.extend(noise);
            for bytes in [edited, noise.clone()] {
                let lines = bytes.iter().filter(|byte| **byte == b'\n' || **byte == b'\r').count() as u64 + 1;
                if let Ok((_, rows)) = parse(bytes) {
                    assert!(rows.iter().all(|(row, _)| (1..=lines).contains(row)));
                }
            }
        });
    }
}
