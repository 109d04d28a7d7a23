//! Who may see what. Pure functions over a workspace's members, books and grants, never stored; what they come to for a member is
//! kept in memory until anything of that changes.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use roadbook_core::model::{BookId, MemberId, WorkspaceId};
use roadbook_core::wire::{Access, BookAccess, Digest, Grant, MemberInfo, Right, Role, encode};

/// A member, as rights see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgMember {
    /// Display name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The member above.
    pub reports_to: Option<MemberId>,
    /// Whether the member still works here.
    pub active: bool,
    /// The member's own book.
    pub book: BookId,
}

/// A book, as rights see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgBook {
    /// Display name.
    pub name: String,
    /// The owner; none for the common book.
    pub owner: Option<MemberId>,
    /// Granted besides the org tree.
    pub grants: Vec<Grant>,
}

/// A workspace: its members and books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// The book all members read.
    pub common: BookId,
    /// Everyone, former members too: history names them.
    pub members: HashMap<MemberId, OrgMember>,
    /// Every book.
    pub books: HashMap<BookId, OrgBook>,
}

impl Org {
    /// What a member may do in a book at a time (milliseconds since 1970 UTC), and whether they review its tray.
    pub fn right(&self, member: MemberId, book: BookId, now: i64) -> Option<(Right, bool)> {
        let who = self.members.get(&member).filter(|m| m.active)?;
        let book_ = self.books.get(&book)?;
        if book == self.common {
            let writes = matches!(who.role, Role::Manager | Role::Director | Role::Admin);
            return Some((if writes { Right::Editor } else { Right::Reader }, writes));
        }
        if book_.owner == Some(member) {
            return Some((Right::Owner, true));
        }
        if who.role == Role::Manager && book_.owner.is_some_and(|owner| self.is_above(member, owner)) {
            return Some((Right::Editor, true));
        }
        let granted = book_
            .grants
            .iter()
            .filter(|grant| grant.member == member && grant.expires_at.is_none_or(|at| now < at))
            .map(|grant| grant.right.min(Right::Editor))
            .max();
        let by_role = (who.role == Role::Director).then_some(Right::Reader);
        granted.max(by_role).map(|right| (right, false))
    }

    /// Whether `upper` is on the way from `lower` to the top.
    pub fn is_above(&self, upper: MemberId, lower: MemberId) -> bool {
        let mut seen = HashSet::new();
        let mut at = self.members.get(&lower).and_then(|m| m.reports_to);
        while let Some(id) = at.filter(|id| seen.insert(*id)) {
            if id == upper {
                return true;
            }
            at = self.members.get(&id).and_then(|m| m.reports_to);
        }
        false
    }

    /// The books a member may read, in the order of their ids.
    pub fn books_of(&self, member: MemberId, now: i64) -> Vec<BookAccess> {
        let mut books: Vec<BookAccess> = self
            .books
            .iter()
            .filter_map(|(id, book)| {
                let (right, reviews) = self.right(member, *id, now)?;
                Some(BookAccess {
                    id: *id,
                    name: book.name.clone(),
                    owner: book.owner,
                    right,
                    common: *id == self.common,
                    reviews,
                })
            })
            .collect();
        books.sort_by_key(|book| book.id);
        books
    }

    /// Everything a member's devices may see. The common book makes colleagues of all members of a workspace.
    pub fn access(&self, member: MemberId, now: i64) -> Access {
        let mut members: Vec<MemberInfo> = self
            .members
            .iter()
            .map(|(id, m)| MemberInfo {
                id: *id,
                name: m.name.clone(),
                role: m.role,
                reports_to: m.reports_to,
            })
            .collect();
        members.sort_by_key(|member| member.id);
        let mut access = Access {
            digest: Digest::ZERO,
            workspace: self.workspace,
            workspace_name: self.name.clone(),
            member,
            books: self.books_of(member, now),
            members,
        };
        // Encoding plain ids and texts cannot fail; if it did, the state would be sent each time, which is harmless.
        access.digest = Digest::of([encode(&access).unwrap_or_default().as_slice()]);
        access
    }
}

/// What a member may read, and the digest of all their devices may see: what every request asks for, and takes as long to work out as
/// the company is large.
#[derive(Debug)]
pub struct Standing {
    /// [`Access::digest`].
    pub digest: Digest,
    /// [`Access::books`].
    pub books: Vec<BookAccess>,
    /// From when to when it stays so by itself, milliseconds since 1970 UTC: grants end.
    lasts: (i64, i64),
}

/// A workspace as it stands in the storage, and what its members' rights came to.
#[derive(Debug)]
pub struct KnownOrg {
    org: Org,
    standings: Mutex<HashMap<MemberId, Arc<Standing>>>,
}

impl From<Org> for KnownOrg {
    fn from(org: Org) -> Self {
        Self { org, standings: Mutex::default() }
    }
}

impl Deref for KnownOrg {
    type Target = Org;

    fn deref(&self) -> &Org {
        &self.org
    }
}

impl KnownOrg {
    /// How a member stands at a time (milliseconds since 1970 UTC): what [`Org::access`] says then.
    pub fn standing(&self, member: MemberId, now: i64) -> Arc<Standing> {
        let known = self.standings.lock().unwrap_or_else(PoisonError::into_inner).get(&member).cloned();
        if let Some(known) = known.filter(|known| (known.lasts.0..known.lasts.1).contains(&now)) {
            return known;
        }
        let grants = self.books.values().flat_map(|book| &book.grants).filter(|grant| grant.member == member);
        let ends = grants.filter_map(|grant| grant.expires_at).filter(|at| now < *at).min();
        let Access { digest, books, .. } = self.access(member, now);
        let standing = Arc::new(Standing { digest, books, lasts: (now, ends.unwrap_or(i64::MAX)) });
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).insert(member, standing.clone());
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> MemberId {
        MemberId(Uuid::from_u128(n))
    }

    fn book(n: u128) -> BookId {
        BookId(Uuid::from_u128(100 + n))
    }

    /// 1 director; 2 manager under 1; 3, 4 reps under 2; 5 manager on another branch; 6 rep under 5.
    fn org() -> Org {
        let members = [
            (1, Role::Director, None),
            (2, Role::Manager, Some(1)),
            (3, Role::Rep, Some(2)),
            (4, Role::Rep, Some(2)),
            (5, Role::Manager, Some(1)),
            (6, Role::Rep, Some(5)),
        ];
        Org {
            workspace: WorkspaceId(Uuid::from_u128(9)),
            name: "West".into(),
            common: book(0),
            books: std::iter::once((book(0), OrgBook { name: "Common".into(), owner: None, grants: vec![] }))
                .chain(members.iter().map(|(n, ..)| {
                    (book(*n), OrgBook { name: n.to_string(), owner: Some(id(*n)), grants: vec![] })
                }))
                .collect(),
            members: members
                .iter()
                .map(|(n, role, above)| {
                    let member = OrgMember {
                        name: n.to_string(),
                        role: *role,
                        reports_to: above.map(id),
                        active: true,
                        book: book(*n),
                    };
                    (id(*n), member)
                })
                .collect(),
        }
    }

    #[test]
    fn the_tree_gives_managers_their_branch_and_directors_everything_to_read() {
        let org = org();
        assert_eq!(org.right(id(3), book(3), 0), Some((Right::Owner, true)));
        assert_eq!(org.right(id(2), book(3), 0), Some((Right::Editor, true)));
        assert_eq!(org.right(id(5), book(3), 0), None);
        assert_eq!(org.right(id(4), book(3), 0), None);
        assert_eq!(org.right(id(1), book(6), 0), Some((Right::Reader, false)));
        assert_eq!(org.right(id(3), book(0), 0), Some((Right::Reader, false)));
        assert_eq!(org.right(id(2), book(0), 0), Some((Right::Editor, true)));
        assert_eq!(org.books_of(id(2), 0).len(), 4);
    }

    #[test]
    fn grants_end_by_themselves_and_never_own() {
        let mut org = org();
        let grant = Grant { member: id(6), right: Right::Owner, expires_at: Some(10) };
        org.books.get_mut(&book(3)).unwrap().grants.push(grant);
        assert_eq!(org.right(id(6), book(3), 9), Some((Right::Editor, false)));
        assert_eq!(org.right(id(6), book(3), 10), None);
        assert_ne!(org.access(id(6), 9).digest, org.access(id(6), 10).digest);
    }

    #[test]
    fn what_a_member_may_see_is_known_until_a_grant_ends_or_the_clock_goes_back() {
        let mut org = org();
        for (member, at) in [(3, 20), (6, 10), (6, 30)] {
            let grant = Grant { member: id(member), right: Right::Editor, expires_at: Some(at) };
            org.books.get_mut(&book(at as u128 / 10)).unwrap().grants.push(grant);
        }
        let known = KnownOrg::from(org);
        for now in [5, 9, 10, 29, 30, 31, 9, 15, 4] {
            for member in 1..=7 {
                let (standing, access) = (known.standing(id(member), now), known.access(id(member), now));
                assert_eq!(
                    (standing.digest, &standing.books),
                    (access.digest, &access.books),
                    "{member} at {now}"
                );
            }
        }
        assert!(Arc::ptr_eq(&known.standing(id(3), 15), &known.standing(id(3), 19)));
    }

    #[test]
    fn who_left_sees_nothing_and_a_cycle_ends() {
        let mut org = org();
        org.members.get_mut(&id(2)).unwrap().active = false;
        assert!(org.books_of(id(2), 0).is_empty());
        org.members.get_mut(&id(1)).unwrap().reports_to = Some(id(2));
        assert!(!org.is_above(id(5), id(3)));
    }
}
