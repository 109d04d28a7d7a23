//! Every rule of `DESIGN.md` §4 that a document alone can show.

mod clashes;
mod history;
mod hostile;

use automerge::transaction::Transactable;
use automerge::{ObjType, ROOT, ReadDoc, ScalarValue};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::model::kinds::{OPPORTUNITY, PLAYBOOK, VISIT};
use crate::model::{Currency, Item, Money, Side, Time, Value, Wrote};

fn member(n: u128) -> MemberId {
    MemberId(uuid::Uuid::from_u128(n))
}

fn stamp(session: u8, time: i64) -> Stamp {
    let author = Some(member(session.into()));
    Stamp { actor: ActorId::from([session; 16]), author, time, reason: None }
}

fn made(kind: &Kind, fields: &Fields, stamp: &Stamp) -> Change {
    create(kind, fields.clone(), stamp).0
}

fn edit(
    document: &mut Document,
    base: &Heads,
    changes: &Changes,
    stamp: &Stamp,
    fresh: &mut dyn FnMut() -> ItemId,
) -> Result<Vec<Change>, DocumentError> {
    let shown = document.fields_at(&OPPORTUNITY, base)?;
    document.edit(&OPPORTUNITY, base, &shown, changes, stamp, fresh)
}

fn yuan(amount: i64) -> Value {
    Value::Money(Money::new(amount, Currency::CNY))
}

fn deal() -> Fields {
    Fields::new()
        .with("name", "二期设备")
        .with("amount", yuan(100))
        .with("notes", "样机演示。")
        .with("opened_on", crate::model::parse_date("2026-03-01").unwrap())
        .with("contacts", Value::Links([RecordId(uuid::Uuid::from_u128(7))].into()))
        .with("competitors", vec![rival("甲"), rival("乙")])
}

fn rival(name: &str) -> Item {
    Item::new(Fields::new().with("name", name))
}

/// A phone: a document and the actor of its present session.
struct Phone {
    document: Document,
    session: u8,
    time: i64,
}

impl Phone {
    fn both(fields: &Fields) -> (Self, Self) {
        let created = made(&OPPORTUNITY, fields, &stamp(1, 100));
        let phone = |session| Self {
            document: Document::from_changes([created.raw_bytes()]).unwrap(),
            session,
            time: 100 + i64::from(session),
        };
        (phone(1), phone(2))
    }

    fn fields(&self) -> Fields {
        self.document.project(&OPPORTUNITY).unwrap().fields
    }

    fn edit_at(&mut self, base: &Heads, field: &str, to: Option<Value>) -> Vec<Change> {
        self.time += 10;
        let stamp = stamp(self.session, self.time);
        let mut keys = (u128::from(self.session) * 1000..).map(|n| ItemId(uuid::Uuid::from_u128(n)));
        let changes = [(field.to_owned(), to)].into();
        edit(&mut self.document, base, &changes, &stamp, &mut || keys.next().unwrap()).unwrap()
    }

    fn edit(&mut self, field: &str, to: impl Into<Value>) -> Vec<Change> {
        let heads = self.document.heads();
        self.edit_at(&heads, field, Some(to.into()))
    }

    fn clashes(&self) -> Vec<Clash> {
        self.document.clashes(RecordId::NIL, &OPPORTUNITY).unwrap()
    }

    fn resolve(&mut self, base: &Heads, path: &str, resolution: Resolution) {
        self.time += 10;
        let stamp = stamp(self.session, self.time);
        self.document
            .resolve(&OPPORTUNITY, base, path, &resolution, &stamp, &mut || ItemId(uuid::Uuid::from_u128(99)))
            .unwrap();
    }
}

fn merge(a: &mut Phone, b: &mut Phone) {
    a.document.doc.merge(&mut b.document.doc.clone()).unwrap();
    b.document.doc.merge(&mut a.document.doc.clone()).unwrap();
    assert_eq!(a.document.project(&OPPORTUNITY).unwrap(), b.document.project(&OPPORTUNITY).unwrap());
}

fn wrote(clash: &Clash) -> Vec<&Wrote> {
    clash.sides.iter().map(|Side { wrote, .. }| wrote).collect()
}

#[test]
fn the_short_way_of_creating_gives_the_bytes_of_a_transaction() {
    let stamp = stamp(1, 100);
    let short = made(&OPPORTUNITY, &deal(), &stamp);
    let mut doc = Automerge::new();
    stamp.sign(&mut doc);
    doc.transact_with(
        |_: &()| automerge::transaction::CommitOptions::default().with_time(stamp.time),
        |tx| {
            tx.put(ROOT, "kind", "opportunity")?;
            tx.put(ROOT, "amount", "100 CNY")?;
            let competitors = tx.put_object(ROOT, "competitors", ObjType::Map)?;
            for (place, name) in ["甲", "乙"].into_iter().enumerate() {
                let item = tx.put_object(&competitors, place.to_string(), ObjType::Map)?;
                tx.put(&item, "name", name)?;
            }
            let contacts = tx.put_object(ROOT, "contacts", ObjType::Map)?;
            tx.put(&contacts, "00000000-0000-0000-0000-000000000007", true)?;
            tx.put(ROOT, "name", "二期设备")?;
            tx.put(ROOT, "notes", "样机演示。")?;
            tx.put(ROOT, "opened_on", "2026-03-01")?;
            Ok::<_, AutomergeError>(())
        },
    )
    .unwrap();
    assert_eq!(short.raw_bytes(), doc.get_last_local_change().unwrap().raw_bytes());
}

#[test]
fn the_short_way_of_reading_gives_what_the_whole_document_gives() {
    let (created, written) = create(&OPPORTUNITY, deal(), &stamp(1, 100));
    let creation = Creation::of(&created).unwrap();
    assert_eq!(creation.kind(), Some("opportunity"));
    let short = creation.project(&OPPORTUNITY);
    assert_eq!(short, written);
    let whole = Document::from_changes([created.raw_bytes()]).unwrap();
    assert_eq!(short, whole.project(&OPPORTUNITY).unwrap());
    assert_eq!(short.fields.items("competitors").len(), 2);
    assert_eq!((short.created_by, short.created_at), (Some(member(1)), 100));
}

#[test]
fn a_creation_by_another_client_is_read_the_long_way() {
    let mut doc = Automerge::new();
    doc.transact(|tx| {
        tx.put(ROOT, "kind", "opportunity")?;
        let notes = tx.put_object(ROOT, "notes", ObjType::Text)?;
        tx.splice_text(&notes, 0, 0, "from elsewhere")
    })
    .unwrap();
    let change = doc.get_last_local_change().unwrap();
    assert!(Creation::of(&change).is_none());
    let whole = Document::from_changes([change.raw_bytes()]).unwrap();
    assert_eq!(whole.project(&OPPORTUNITY).unwrap().fields.text("notes"), Some("from elsewhere"));
    assert_eq!(whole.kind().as_deref(), Some("opportunity"));
}

#[test]
fn two_people_who_edit_different_fields_lose_nothing() {
    let (mut a, mut b) = Phone::both(&deal());
    a.edit("stage", "proposal");
    b.edit("probability", 40);
    merge(&mut a, &mut b);
    assert_eq!(a.fields().text("stage"), Some("proposal"));
    assert_eq!(a.fields().get("probability"), Some(&Value::Integer(40)));
    assert!(a.clashes().is_empty());
}

#[test]
fn free_text_merges_by_character_though_it_began_as_a_scalar() {
    let (mut a, mut b) = Phone::both(&deal());
    let from_a = a.edit("notes", "样机演示。客户满意。");
    let from_b = b.edit("notes", "周二样机演示。");
    assert_eq!(from_a.len(), 2);
    assert_eq!(from_a[0].raw_bytes(), from_b[0].raw_bytes(), "both phones make the same upgrade");
    assert_eq!((from_a[0].timestamp(), from_a[0].author()), (0, None));
    merge(&mut a, &mut b);
    assert_eq!(a.fields().text("notes"), Some("周二样机演示。客户满意。"));
    assert!(a.clashes().is_empty(), "the scalar the text started from is not a clash");
    assert_eq!(a.edit("notes", "周二样机演示。").len(), 1, "upgraded once");
}

#[test]
fn a_text_first_written_later_keeps_both_first_writings() {
    let (mut a, mut b) = Phone::both(&Fields::new().with("name", "x"));
    a.edit("lost_analysis", "价格");
    b.edit("lost_analysis", "交期");
    merge(&mut a, &mut b);
    let text = a.fields().text("lost_analysis").unwrap().to_owned();
    assert!(text == "价格交期" || text == "交期价格", "{text}");
    assert!(a.clashes().is_empty());
}

#[test]
fn a_text_edited_at_a_version_before_its_upgrade_still_merges() {
    let (mut a, mut b) = Phone::both(&deal());
    let form = a.document.heads();
    b.edit("notes", "样机演示。下周复访。");
    merge(&mut a, &mut b);
    let made = a.edit_at(&form, "notes", Some("重要：样机演示。".into()));
    assert_eq!(made.len(), 1, "the upgrade is there already");
    assert_eq!(a.fields().text("notes"), Some("重要：样机演示。下周复访。"));
}

#[test]
fn what_is_added_to_a_text_stands_behind_what_its_form_showed() {
    let (mut a, mut b) = Phone::both(&deal());
    a.edit("notes", "样机演示。甲");
    merge(&mut a, &mut b);
    let form = a.document.heads();
    a.edit("notes", "重要：样机演示。甲，价格");
    a.edit_at(&form, "notes", Some("样机演示。甲👩‍💻".into()));
    b.edit("notes", "样机演示。甲\u{301}");
    merge(&mut a, &mut b);
    let text = a.fields().text("notes").unwrap().to_owned();
    assert!(text.starts_with("重要：样机演示。甲"), "{text}");
    assert!(["，价格", "👩‍💻", "\u{301}"].iter().all(|added| text.contains(added)), "{text}");
    assert_eq!(a.fields(), b.fields());
    assert!(a.clashes().is_empty());
}

#[test]
fn a_scalar_written_over_a_text_by_a_client_that_knows_no_text_is_a_clash() {
    let (mut a, mut b) = Phone::both(&deal());
    a.edit("notes", "样机演示。甲");
    b.document.doc.transact(|tx| tx.put(ROOT, "notes", "plain")).unwrap();
    merge(&mut a, &mut b);
    assert_eq!(a.fields().text("notes"), Some("样机演示。甲"), "the text counts");
    let clashes = a.clashes();
    assert_eq!(
        wrote(&clashes[0]),
        [&Wrote::Value(Some("样机演示。甲".into())), &Wrote::Value(Some("plain".into()))]
    );
    // Resolving keeps the text object: an edit made to it elsewhere still merges.
    b.edit("notes", "乙样机演示。甲");
    let seen = clashes[0].heads.clone();
    a.resolve(&seen, "notes", Resolution::Value(Some("plain".into())));
    merge(&mut a, &mut b);
    assert!(a.clashes().is_empty(), "{:?}", a.clashes());
    let text = a.fields().text("notes").unwrap().to_owned();
    assert!(text.contains("plain") && text.contains('乙'), "{text}");
}

#[test]
fn a_text_after_a_scalar_that_replaced_the_first_one_starts_from_the_later() {
    let (mut a, mut b) = Phone::both(&deal());
    a.document.doc.transact(|tx| tx.put(ROOT, "notes", "second")).unwrap();
    merge(&mut a, &mut b);
    let (x, y) = (a.edit("notes", "second A"), b.edit("notes", "B second"));
    assert_eq!(x[0].raw_bytes(), y[0].raw_bytes());
    merge(&mut a, &mut b);
    assert_eq!(a.fields().text("notes"), Some("B second A"));
    assert!(a.clashes().is_empty());
}

#[test]
fn collections_keep_both_additions_though_they_came_later() {
    let (mut a, mut b) = Phone::both(&Fields::new().with("name", "x"));
    a.edit("competitors", vec![rival("丙")]);
    b.edit("competitors", vec![rival("丁")]);
    a.edit("contacts", Value::Links([RecordId(uuid::Uuid::from_u128(1))].into()));
    b.edit("contacts", Value::Links([RecordId(uuid::Uuid::from_u128(2))].into()));
    merge(&mut a, &mut b);
    let fields = a.fields();
    assert_eq!(fields.items("competitors").len(), 2);
    assert!(matches!(fields.get("contacts"), Some(Value::Links(ids)) if ids.len() == 2));
}

#[test]
fn items_merge_by_field_and_keep_their_order() {
    let (mut a, mut b) = Phone::both(&deal());
    let mut items = a.fields().items("competitors").to_vec();
    items[0].fields.set("strengths", "价格");
    items.push(rival("丙"));
    a.edit("competitors", items);
    let mut items = b.fields().items("competitors").to_vec();
    items[0].fields.set("weaknesses", "服务");
    items.swap(0, 1);
    b.edit("competitors", items);
    merge(&mut a, &mut b);
    let fields = a.fields();
    let names: Vec<_> = fields.items("competitors").iter().map(|i| i.fields.text("name").unwrap()).collect();
    assert_eq!(names, ["乙", "甲", "丙"]);
    let first = &fields.items("competitors")[1].fields;
    assert_eq!((first.text("strengths"), first.text("weaknesses")), (Some("价格"), Some("服务")));
}

#[test]
fn unknown_fields_survive_an_edit_and_a_newer_schema_is_shown_read_only() {
    let (mut a, _) = Phone::both(&deal());
    a.document
        .doc
        .transact(|tx| {
            tx.put(ROOT, "hologram", ScalarValue::Bytes(vec![1, 2]))?;
            tx.put_object(ROOT, "later_list", ObjType::List)
        })
        .unwrap();
    a.edit("stage", "won");
    assert!(a.document.doc.get(ROOT, "hologram").unwrap().is_some());
    assert!(a.document.doc.get(ROOT, "later_list").unwrap().is_some());
    a.document.doc.transact(|tx| tx.put(ROOT, "schema", 2)).unwrap();
    let row = a.document.project(&OPPORTUNITY).unwrap();
    assert!(row.newer && row.fields.text("stage") == Some("won"));
    let (heads, changes) = (a.document.heads(), [("stage".to_owned(), None)].into());
    let refused = edit(&mut a.document, &heads, &changes, &stamp(1, 1), &mut || unreachable!());
    assert_eq!(refused.unwrap_err(), DocumentError::NewerSchema);
}

#[test]
fn a_session_that_edits_at_an_old_version_never_repeats_a_sequence_number() {
    let (mut a, mut b) = Phone::both(&deal());
    let form = a.document.heads();
    a.edit("stage", "won");
    a.edit_at(&form, "stage", Some("lost".into()));
    a.edit_at(&form, "stage", Some("lead".into()));
    a.edit("probability", 1);
    let mut seen = HashSet::new();
    for meta in a.document.doc.get_changes_meta(&[]) {
        assert!(seen.insert((meta.actor.to_hex_string(), meta.seq)));
    }
    merge(&mut a, &mut b);
    assert_eq!(wrote(&a.clashes()[0]).len(), 3);
}

#[test]
fn an_edit_that_changes_nothing_makes_no_change() {
    let (mut a, _) = Phone::both(&deal());
    assert!(a.edit("amount", yuan(100)).is_empty());
    assert!(a.edit("competitors", a.fields().items("competitors").to_vec()).is_empty());
    let heads = a.document.heads();
    assert!(a.edit_at(&heads, "won_reason", None).is_empty());
    assert!(a.edit_at(&heads, "won_reason", Some("".into())).is_empty());
}

#[test]
fn two_managers_who_begin_the_playbook_offline_begin_the_same_one() {
    let (a, b) = (create_shared(&PLAYBOOK), create_shared(&PLAYBOOK));
    assert_eq!(a.raw_bytes(), b.raw_bytes());
    assert!(Creation::of(&a).unwrap().project(&PLAYBOOK).fields.is_empty());
}

/// The bytes of upgrades are a contract between app versions: two phones that upgrade offline must agree.
#[test]
fn upgrades_and_creations_are_golden() {
    let (mut a, _) = Phone::both(&deal());
    let upgrade = a.edit("notes", "样机演示。!")[0].clone();
    let empty = a.edit("lost_analysis", "!")[0].clone();
    let map = a.edit("products", vec![rival("x")])[0].clone();
    let hex = |change: &Change| change.raw_bytes().iter().map(|b| format!("{b:02x}")).collect::<String>();
    let created = made(&OPPORTUNITY, &deal(), &stamp(1, 100));
    let now = format!(
        "creation {}\ntext from scalar {}\nempty text {}\nmap {}\nplaybook {}\n",
        hex(&created),
        hex(&upgrade),
        hex(&empty),
        hex(&map),
        hex(&create_shared(&PLAYBOOK)),
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/changes.txt");
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(golden, now, "changed bytes brick documents in the field; a new form needs a new golden file");
}

fn deal_read_back() -> Fields {
    let mut fields = deal();
    let items = ["甲", "乙"]
        .iter()
        .enumerate()
        .map(|(place, name)| Item { key: place.to_string(), fields: Fields::new().with("name", *name) });
    fields.set("competitors", items.collect::<Vec<_>>());
    fields
}

#[test]
fn times_and_points_come_back_as_they_were() {
    let fields = Fields::new()
        .with("account", RecordId(uuid::Uuid::from_u128(3)))
        .with("planned_at", Time::new(1_767_225_600_123, "Asia/Shanghai"))
        .with("check_in_point", crate::model::Point::new(31.230417, 121.4737, Some(12.5)).unwrap());
    let created = made(&VISIT, &fields, &stamp(1, 5));
    assert_eq!(Creation::of(&created).unwrap().project(&VISIT).fields, fields);
}

#[test]
fn a_new_record_is_shown_as_it_will_be_read() {
    let at = Time { at: 1_767_225_600_123, zone: "GMT+08:00".to_owned() };
    let (created, written) = create(&VISIT, Fields::new().with("planned_at", at), &stamp(1, 5));
    assert_eq!(Creation::of(&created).unwrap().project(&VISIT), written);
    assert_eq!(
        written.fields.get("planned_at").unwrap(),
        &Value::Time(Time::new(1_767_225_600_123, "Etc/GMT-8"))
    );

    let team = vec![rival("甲"), Item::new(Fields::new().with("name", "乙").with("strengths", ""))];
    let fields = deal().with("competitors", team).with("lost_analysis", "");
    let (created, written) = create(&OPPORTUNITY, fields, &stamp(1, 5));
    assert_eq!(Creation::of(&created).unwrap().project(&OPPORTUNITY), written);
    assert_eq!(written.fields, deal_read_back());
}

/// A document that two people edited often, as a contact's or a key account's is after a year.
fn long_lived() -> Document {
    let (mut a, mut b) = Phone::both(&deal());
    for visit in 0..30 {
        let mut text = a.fields().text("notes").unwrap().to_owned();
        text.push_str(&format!("第 {visit} 次拜访，样机演示，下周再来。"));
        let mut made = a.edit("notes", text.as_str());
        made.extend(a.edit("amount", yuan(100 + visit)));
        b.document.apply(made).unwrap();
        let theirs = b.edit("stage", if visit % 2 == 0 { "proposal" } else { "qualified" });
        a.document.apply(theirs).unwrap();
    }
    a.document
}

#[test]
fn a_snapshot_gives_back_every_change_and_takes_a_fraction_of_their_bytes() {
    let document = long_lived();
    let (bytes, ids) = document.snapshot().unwrap();
    let changes = changes_of_snapshot(&bytes).unwrap();
    assert_eq!(changes.len(), document.changes());
    let given: Vec<ChangeId> = changes.iter().map(|change| change_id(&change.hash())).collect();
    assert_eq!(given, ids);
    let raw: Vec<Vec<u8>> = changes.iter().map(|change| change.raw_bytes().to_vec()).collect();
    for (raw, id) in raw.iter().zip(&ids) {
        assert_eq!(Sha256::digest(&raw[8..])[..], id.0, "byte for byte");
    }
    let again = Document::from_changes(raw.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(again.project(&OPPORTUNITY).unwrap(), document.project(&OPPORTUNITY).unwrap());
    let one_by_one = zstd::encode_all(&raw.concat()[..], 3).unwrap().len();
    let folded = zstd::encode_all(&bytes[..], 3).unwrap().len();
    assert!(folded * 2 < one_by_one, "{folded} against {one_by_one} bytes for {} changes", ids.len());
}
