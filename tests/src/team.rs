//! A small team of the field, at its beginning.

use std::time::Duration;

use roadbook_core::Query;
use roadbook_core::model::{RecordId, Value};
use roadbook_core::wire::{Grant, Member, Right, Role};

use crate::{Device, Office};

/// A manager, two reps, a phone of each, and their relay.
pub struct Team {
    /// The relay.
    pub office: Office,
    /// The manager's phone.
    pub manager: Device,
    /// A rep's phone.
    pub wang: Device,
    /// Another rep's, who edits Wang's book too.
    pub li: Device,
    /// Manager, Wang, Li.
    pub ids: [Member; 3],
}

impl Team {
    /// A manager and two reps; Li edits Wang's book too.
    pub async fn new() -> Self {
        let office = Office::open().await;
        let zhao = office.member("赵经理", Role::Manager, None).await;
        let wang = office.member("王", Role::Rep, Some(zhao.id)).await;
        let li = office.member("李", Role::Rep, Some(zhao.id)).await;
        let grant = Grant { member: li.id, right: Right::Editor, expires_at: None };
        let _: serde_json::Value = office.admin("PUT", &format!("books/{}/grants", wang.book), &grant).await;
        let (a, b, c) =
            (office.device(zhao.id).await, office.device(wang.id).await, office.device(li.id).await);
        Self { office, manager: a, wang: b, li: c, ids: [zhao, wang, li] }
    }

    /// A record that is purged while an edit of it waits on Wang's phone: the relay rejects that for good.
    pub async fn purged_under_an_edit(&mut self) -> RecordId {
        let old = self.wang.log("account", &[("name", "回春堂")]);
        self.wang.sync().await;
        self.manager.sync().await;
        self.wang.edit(old, "region", "绍兴");
        self.manager.store.delete(old, "重复").unwrap();
        self.manager.sync().await;
        self.on_the_relays_file("UPDATE document SET deleted_at = 1 WHERE deleted_at IS NOT NULL").await;
        self.wang.sync().await;
        old
    }

    /// Changes the relay's file while it does not run. It keeps house when it starts: what is overdue is purged then.
    pub async fn on_the_relays_file(&mut self, sql: &str) {
        self.office.stop().await;
        let file = rusqlite::Connection::open(self.office.folder().join("relay.sqlite")).unwrap();
        file.execute(sql, []).unwrap();
        self.office.start().await;
        // It answers while it does.
        let mut overdue = file.prepare("SELECT 1 FROM document WHERE deleted_at = 1 AND purged = 0").unwrap();
        while overdue.exists([]).unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What the records of a kind are called, sorted.
pub fn names(device: &Device, kind: &str) -> Vec<String> {
    let mut names: Vec<String> = device
        .store
        .list(&Query::new(kind))
        .unwrap()
        .iter()
        .map(|r| match r.fields.get("name").or(r.fields.get("purpose")).or(r.fields.get("item")) {
            Some(Value::Text(text)) => text.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    names.sort();
    names
}
