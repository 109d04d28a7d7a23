//! What colleagues confirmed: which of it is kept.

use super::receive::{BOOK, editor};
use super::*;
use crate::model::MemberId;
use crate::store::upload::Upload;
use crate::wire::{Ack, Digest, Receipt, Receipts, SyncAnswer};

/// A colleague confirms something with every sync: of all that, only what dates a change of this device is kept.
#[test]
fn receipts_that_date_nothing_are_forgotten() {
    let (folder, store) = editor();
    let own = ["百草堂", "德仁堂"].map(|name| account(&store, name));
    let upload = store.upload(usize::MAX, 10).unwrap();
    let acks = vec![Ack::Accepted(BOOK, 695), Ack::Accepted(BOOK, 2_000)];
    store.receive(&SyncAnswer { acks, ..SyncAnswer::new(MONDAY) }, &upload, None).unwrap();
    let colleagues = [1, 2].map(|n| MemberId(uuid::Uuid::from_u128(n)));
    let confirm = |numbers: std::ops::Range<u64>| {
        let of = |member| {
            let at = move |number| Receipt { book: BOOK, member, number, at: MONDAY + number as i64 };
            numbers.clone().step_by(10).map(at)
        };
        let receipts =
            Some(Receipts { digest: Digest([9; 8]), list: colleagues.into_iter().flat_map(of).collect() });
        store.receive(&SyncAnswer { receipts, ..SyncAnswer::new(MONDAY) }, &Upload::default(), None).unwrap();
    };
    let kept = || {
        let db = Connection::open(folder.path().join(FILE)).unwrap();
        let mut of_one = db.prepare("SELECT number FROM receipt WHERE member = ?1 ORDER BY number").unwrap();
        let numbers = of_one.query_map([colleagues[0]], |row| row.get(0)).unwrap();
        numbers.collect::<Result<Vec<u64>, _>>().unwrap()
    };
    let since = || {
        own.map(|id| {
            let delivered = store.ledger(id).unwrap().remove(0).delivered;
            delivered.into_iter().map(|delivery| delivery.at - MONDAY).collect::<Vec<_>>()
        })
    };
    confirm(10..4_000);
    assert_eq!((kept().len(), since()), (399, [vec![700, 700], vec![2_000, 2_000]]));
    confirm(4_000..8_000);
    assert_eq!((kept(), since()), (vec![700, 2_000, 7_990], [vec![700, 700], vec![2_000, 2_000]]));
    confirm(8_000..8_030);
    assert_eq!(kept(), [700, 2_000, 7_990, 8_000, 8_010, 8_020]);
}
