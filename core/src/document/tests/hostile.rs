//! What somebody dishonest, or a bad disk, may send.

use super::*;

#[test]
fn what_cannot_be_decoded_is_an_error_and_changes_nothing() {
    let (mut a, _) = Phone::both(&deal());
    let before = a.document.heads();
    let good = made(&OPPORTUNITY, &deal(), &stamp(9, 1)).raw_bytes().to_vec();
    for cut in [0, 1, 8, 9, 20, good.len() - 1] {
        assert!(decode_change(&good[..cut]).is_err(), "{cut}");
    }
    for place in 0..good.len() {
        let mut bytes = good.clone();
        bytes[place] ^= 0x55;
        assert!(decode_change(&bytes).is_err(), "flipped byte {place}");
    }
    let same_seq = made(&OPPORTUNITY, &Fields::new().with("name", "other"), &stamp(1, 100));
    assert!(a.document.apply(vec![same_seq]).is_err(), "same actor and sequence, other bytes");
    assert_eq!(a.document.heads(), before);
    assert_eq!(a.fields(), deal_read_back());
}

/// automerge panics half-way over a sequence number that leaves some out. Found by fuzzing.
#[test]
fn what_automerge_gives_up_on_leaves_the_document_as_it_was() {
    let (mut a, mut b) = Phone::both(&deal());
    let good = a.edit("name", "样机").pop().unwrap();
    let (before, fields) = (b.document.heads(), b.fields());
    let mut left_out = good.decode();
    left_out.seq = 83;
    let refused = b.document.apply(vec![left_out.into()]);
    assert!(refused.is_err());
    assert_eq!((b.document.heads(), b.fields()), (before, fields));
    b.document.apply(vec![good]).unwrap();
    assert_eq!((b.document.heads(), b.fields()), (a.document.heads(), a.fields()));
}

/// A change whose columns are as given: specification and bytes.
fn crafted(columns: &[(u8, &[u8])]) -> Vec<u8> {
    let mut body = vec![0, 16];
    body.extend([7; 16]); // actor
    body.extend([1, 1, 0, 0, 0]); // sequence number, first operation, time, no message, no other actors
    body.push(columns.len() as u8);
    columns.iter().for_each(|(of, bytes)| body.extend([*of, bytes.len() as u8]));
    columns.iter().for_each(|(_, bytes)| body.extend_from_slice(bytes));
    let mut hashed = vec![1];
    leb128::write::unsigned(&mut hashed, body.len() as u64).unwrap();
    hashed.extend(body);
    let checksum = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &checksum[..4], &hashed].concat()
}

#[test]
fn a_change_that_claims_more_than_it_may_is_refused_before_it_costs_anything() {
    let run = |length: i64, value: &[u8]| {
        let mut bytes = Vec::new();
        leb128::write::signed(&mut bytes, length).unwrap();
        [&bytes, value].concat()
    };
    let nulls = |length: u64| {
        let mut bytes = vec![0];
        leb128::write::unsigned(&mut bytes, length).unwrap();
        bytes
    };
    let change = |operations: i64, predecessors: &[u8]| {
        let [key, action, value] = [&b"\x01k"[..], &[1], &[0]].map(|value| run(operations, value));
        let insert = nulls(operations as u64).split_off(1);
        let columns: [(u8, &[u8]); 5] =
            [(0x15, &key), (0x34, &insert), (0x42, &action), (0x56, &value), (0x70, predecessors)];
        decode_change(&crafted(&columns))
    };
    assert_eq!(change(1, &run(1, &[0])).unwrap().len(), 1, "the craft is right");
    for (operations, predecessors) in [
        (1 << 40, run(1 << 40, &[0])),
        (i64::MAX, nulls(u64::MAX)),
        (1, nulls(1 << 40)),
        (1, run(1, &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01])),
    ] {
        assert!(change(operations, &predecessors).is_err(), "{operations}");
    }
    // Deflated, which automerge does to what it sends itself: a thousand times larger when it is read.
    let long = Fields::new().with("name", "a").with("notes", "a".repeat(100_000));
    let mut deflated = made(&OPPORTUNITY, &long, &stamp(9, 1));
    assert!(decode_change(deflated.raw_bytes()).is_ok());
    assert!(deflated.bytes().len() < 1_000 && decode_change(&deflated.bytes()).is_err());
}

/// automerge ends the process over marks that do not fit: found by fuzzing, the second of these did.
#[test]
fn marks_are_refused_before_automerge_reads_them() {
    let mut document = automerge::AutoCommit::new();
    let text = document.put_object(automerge::ROOT, "notes", automerge::ObjType::Text).unwrap();
    document.splice_text(&text, 0, 0, "样机演示").unwrap();
    let mark = automerge::marks::Mark::new("bold".to_owned(), true, 0, 2);
    document.mark(&text, mark, automerge::marks::ExpandMark::Both).unwrap();
    let marked = document.get_last_local_change().unwrap().raw_bytes().to_vec();
    let found = include_bytes!("../../../../tests/fixtures/fuzz/mark-without-a-beginning.change");
    for bytes in [&marked[..], found] {
        let refused = decode_change(bytes).unwrap_err();
        assert!(matches!(&refused, DocumentError::Corrupt(why) if why.contains("mark")), "{refused:?}");
    }
    assert!(changes_of_snapshot(&document.save_nocompress()).is_err());
}

/// Whoever may write in a book may send any bytes. What automerge panics on is an error; nothing hangs.
#[test]
fn whatever_arrives_is_understood_or_refused() {
    let good = [
        made(&OPPORTUNITY, &deal(), &stamp(1, 100)).raw_bytes().to_vec(),
        create_shared(&PLAYBOOK).raw_bytes().to_vec(),
        {
            let (mut a, _) = Phone::both(&deal());
            a.edit("notes", "样机演示，下周再来。").pop().unwrap().raw_bytes().to_vec()
        },
    ];
    bolero::check!().with_type::<(u8, Vec<(u16, u8)>)>().for_each(|(which, edits)| {
        let mut bytes = good[usize::from(*which) % good.len()].clone();
        for (at, value) in edits {
            let at = usize::from(*at) % (bytes.len() - 8);
            bytes[8 + at] = *value;
        }
        // With the checksum it would have, so that more is looked at than that.
        let checksum = Sha256::digest(&bytes[8..]);
        bytes[4..8].copy_from_slice(&checksum[..4]);
        if let Ok(change) = decode_change(&bytes) {
            let _ = Creation::of(&change).map(|creation| creation.project(&OPPORTUNITY));
            if let Ok(document) = Document::from_changes([&bytes[..]]) {
                let _ = document.project(&OPPORTUNITY);
                let _ = document.history(&OPPORTUNITY);
            }
            let (mut a, _) = Phone::both(&deal());
            let before = a.document.heads();
            if !a.document.has_deps_of(&change) || a.document.apply(vec![change]).is_err() {
                assert_eq!(a.document.heads(), before);
            }
            let _ = a.document.project(&OPPORTUNITY);
        }
    });
}

#[test]
fn a_spoilt_snapshot_is_refused() {
    let (bytes, ids) = long_lived().snapshot().unwrap();
    for at in (8..bytes.len()).step_by(bytes.len() / 200) {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 1;
        let given = changes_of_snapshot(&spoilt)
            .map(|changes| changes.iter().map(|change| change_id(&change.hash())).collect::<Vec<_>>());
        assert_ne!(given.as_ref(), Ok(&ids), "byte {at}");
    }
    assert!(changes_of_snapshot(&bytes[..bytes.len() / 2]).is_err());
    let change = made(&OPPORTUNITY, &deal(), &stamp(1, 100));
    assert!(changes_of_snapshot(change.raw_bytes()).is_err(), "a change is no document");
}

#[test]
fn whatever_comes_as_a_snapshot_is_understood_or_refused() {
    let (good, _) = long_lived().snapshot().unwrap();
    bolero::check!().with_type::<Vec<(u16, u8)>>().for_each(|edits| {
        let mut bytes = good.clone();
        for (at, value) in edits {
            let at = usize::from(*at) % (bytes.len() - 8);
            bytes[8 + at] = *value;
        }
        // With the checksum it would have, so that more is looked at than that.
        let checksum = Sha256::digest(&bytes[8..]);
        bytes[4..8].copy_from_slice(&checksum[..4]);
        let _ = changes_of_snapshot(&bytes);
    });
}
