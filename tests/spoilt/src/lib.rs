//! Input for fuzz tests: something real, spoilt as a fuzzer says. Noise alone is refused at its first byte; what is nearly right
//! gets further.

use rusqlite::Connection;
use serde_json::{Value, json};

/// One thing that is done: what, where, where else, and a byte, or how many.
pub type Spoil = (u8, u32, u32, u8);

/// Bytes, spoilt: overwritten, flipped, cut off, with pieces gone, repeated, swapped or put elsewhere.
pub fn bytes(good: &[u8], spoils: &[Spoil]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (what, at, other, byte) in spoils {
        if bytes.is_empty() {
            break;
        }
        let (at, other) = (*at as usize % bytes.len(), *other as usize % bytes.len());
        let piece = at..(at + 1 + usize::from(*byte)).min(bytes.len());
        match what % 8 {
            0 => bytes[at] = *byte,
            1 => bytes[at] ^= 1 << (byte % 8),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(piece)),
            4 => {
                let piece = bytes[piece].to_vec();
                drop(bytes.splice(other..other, piece));
            }
            5 => {
                let piece = bytes[piece].to_vec();
                let end = (other + piece.len()).min(bytes.len());
                drop(bytes.splice(other..end, piece));
            }
            6 => bytes.swap(at, other),
            _ => bytes.insert(at, *byte),
        }
    }
    bytes
}

/// A value, spoilt: with parts gone, repeated, or in the place of other parts of their type, out of this value or of others; with
/// numbers that are as large as they get, texts and bytes that are spoilt themselves.
pub fn value(good: &Value, others: &[Value], spoils: &[Spoil]) -> Value {
    let mut value = good.clone();
    for spoil in spoils {
        let (what, at, other, byte) = *spoil;
        let of = &others[usize::from(byte) % others.len()];
        let size = size(&value);
        let Ok(part) = part(&mut value, at as usize % size) else { continue };
        let other = other as usize;
        match (what % 4, &mut *part) {
            (0, Value::Number(_)) => {
                let numbers = [
                    json!(0),
                    json!(1),
                    json!(-1),
                    json!(1_u64 << 16),
                    json!(1_u64 << 40),
                    json!(i64::MAX),
                    json!(i64::MIN),
                    json!(u64::MAX),
                ];
                *part = numbers[other % numbers.len()].clone();
            }
            (0, Value::String(text)) => {
                *text = String::from_utf8_lossy(&bytes(text.as_bytes(), &[(byte, at, at ^ 7, byte)])).into()
            }
            (0, Value::Array(items)) if is_bytes(items) => {
                let plain: Vec<u8> =
                    items.iter().map(|item| item.as_u64().unwrap_or_default() as u8).collect();
                *part = json!(bytes(&plain, &[(byte, at, at ^ 7, byte)]));
            }
            (0, Value::Bool(flag)) => *flag = !*flag,
            (1, Value::Array(items)) if !items.is_empty() => {
                let item = items[other % items.len()].clone();
                items.push(item);
            }
            (1, Value::Object(fields)) if !fields.is_empty() => {
                let name = fields.keys().nth(other % fields.len()).cloned().unwrap_or_default();
                fields.remove(&name);
            }
            (2, Value::Array(items)) if !items.is_empty() => drop(items.remove(other % items.len())),
            (2, Value::Object(fields)) => {
                if let Value::Object(more) = of {
                    let more = more.iter().filter(|(name, _)| !fields.contains_key(*name));
                    let more: Vec<_> = more.map(|(name, value)| (name.clone(), value.clone())).collect();
                    fields.extend(more);
                }
            }
            (2, _) if byte % 16 == 0 => *part = Value::Null,
            _ => {
                let mut alike = Vec::new();
                parts(of, &mut |found| {
                    if std::mem::discriminant(found) == std::mem::discriminant(part) {
                        alike.push(found);
                    }
                });
                if !alike.is_empty() {
                    *part = alike[other % alike.len()].clone();
                }
            }
        }
    }
    value
}

/// Bytes are written as a list of numbers, which must not outweigh everything else.
fn is_bytes(items: &[Value]) -> bool {
    items.len() > 4 && items.iter().all(Value::is_number)
}

fn size(value: &Value) -> usize {
    let mut size = 0;
    parts(value, &mut |_| size += 1);
    size
}

fn parts<'a>(value: &'a Value, tell: &mut impl FnMut(&'a Value)) {
    tell(value);
    match value {
        Value::Array(items) if !is_bytes(items) => items.iter().for_each(|item| parts(item, tell)),
        Value::Object(fields) => fields.values().for_each(|field| parts(field, tell)),
        _ => {}
    }
}

/// The nth part, in the order of [`parts`]; if there are fewer, how many too few.
fn part(value: &mut Value, mut nth: usize) -> Result<&mut Value, usize> {
    if nth == 0 {
        return Ok(value);
    }
    nth -= 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) if !is_bytes(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    for inner in inner {
        match part(inner, nth) {
            Ok(found) => return Ok(found),
            Err(left) => nth = left,
        }
    }
    Err(nth)
}

/// Some columns of every row of a table, in order: to see whether anything changed.
///
/// # Errors
/// If SQLite cannot read them.
pub fn rows(db: &Connection, table: &str, columns: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare(&format!("SELECT {columns} FROM \"{table}\""))?;
    let count = statement.column_count();
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let row = (0..count).map(|at| row.get_ref(at)).collect::<rusqlite::Result<Vec<_>>>()?;
        rows.push(format!("{table} {row:?}"));
    }
    rows.sort_unstable();
    Ok(rows)
}

/// Every row of every table.
///
/// # Errors
/// If SQLite cannot read them.
pub fn everything(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let tables: Vec<String> =
        db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let rows: Vec<Vec<String>> =
        tables.iter().map(|table| rows(db, table, "*")).collect::<rusqlite::Result<_>>()?;
    Ok(rows.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_reached_and_what_is_spoilt_differs() {
        let good = json!({"a": [1, {"b": "text"}], "bytes": [1, 2, 3, 4, 5], "c": null});
        let mut all = Vec::new();
        parts(&good, &mut |part| all.push(part.clone()));
        assert_eq!(all.len(), 7);
        for (nth, expected) in all.iter().enumerate() {
            assert_eq!(part(&mut good.clone(), nth).ok().as_deref(), Some(expected));
        }
        assert_eq!(part(&mut good.clone(), 7), Err(0));
        let others = [good.clone()];
        let differs = |what| (0..7).any(|at| value(&good, &others, &[(what, at, 1, 16)]) != good);
        assert!((0..4).all(differs));
        assert!((0..8).all(|what| bytes(b"0123456789", &[(what, 2, 7, 3)]) != b"0123456789"));
        assert_eq!(bytes(b"", &[(0, 1, 2, 3)]), b"");
    }
}
