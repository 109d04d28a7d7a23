//! What a device holds, so that two can be compared.

use std::collections::BTreeMap;

use roadbook_core::model::{BookId, RecordId, Schema};
use roadbook_core::{Query, Show, Store};

/// Every record of some books, as text: fields, deletion, version.
pub fn replica(store: &Store, books: &[BookId]) -> BTreeMap<RecordId, String> {
    replica_in(store, books, store.schema())
}

/// The same, as far as a schema that may be of another version knows it.
pub fn replica_in(store: &Store, books: &[BookId], schema: &Schema) -> BTreeMap<RecordId, String> {
    let mut all = BTreeMap::new();
    for kind in schema.kinds().filter(|kind| store.schema().kind(kind.name).is_some()) {
        for show in [Show::Live, Show::Deleted] {
            let mut query = Query::new(kind.name).page(500, 0);
            query.show = show;
            loop {
                let page = store.list(&query).unwrap();
                query.offset += page.len() as u32;
                let last = page.len() < 500;
                for mut record in page {
                    if books.contains(&record.book) {
                        record.heads.0.sort();
                        let fields = serde_json::to_string(&kind.to_json(&record.fields)).unwrap();
                        let text =
                            format!("{} {fields} {:?} {:?}", record.kind, record.deleted, record.heads);
                        all.insert(record.id, text);
                    }
                }
                if last {
                    break;
                }
            }
        }
    }
    all
}

/// The books both devices hold.
pub fn shared_books(a: &Store, b: &Store) -> Vec<BookId> {
    let of_b: Vec<BookId> =
        b.books().unwrap().iter().filter(|book| !book.leaving).map(|book| book.id).collect();
    a.books()
        .unwrap()
        .iter()
        .filter(|book| !book.leaving)
        .map(|book| book.id)
        .filter(|id| of_b.contains(id))
        .collect()
}

/// Asserts that two devices hold the same of what both may see.
pub fn assert_equal(a: &Store, b: &Store) {
    let books = shared_books(a, b);
    assert_eq!(replica(a, &books), replica(b, &books));
}
