package org.roadbook

import java.time.Instant
import org.roadbook.ffi.FfiBook
import org.roadbook.ffi.FfiMember
import org.roadbook.ffi.FfiProposal
import org.roadbook.ffi.FfiVerdict

/** What a member may do in a book. */
public enum class Right {
    /** Reads. */
    READER,
    /** Reads and writes. */
    EDITOR,
    /** Reads, writes, and is the one accountable. */
    OWNER,
}

/** A book that this member may read. */
public data class Book(
    /** The book. */
    public val id: BookId,
    /** Its name. */
    public val name: String,
    /** Its owner; null for the workspace's common book. */
    public val owner: MemberId?,
    /** What this member may do in it. */
    public val right: Right,
    /** Whether it is the workspace's common book. */
    public val common: Boolean,
    /** Whether this member decides on its review tray. */
    public val reviews: Boolean,
    /** Access is gone; it is erased once unsent work is in the tray. */
    public val leaving: Boolean,
)

/** A member's role in the workspace. */
public enum class Role {
    /** Field rep: sees their own books. */
    REP,
    /** Works on a manager's accounts. */
    SUPPORT,
    /** Edits the books of everyone below them. */
    MANAGER,
    /** Reads every book of the workspace. */
    DIRECTOR,
    /** Finance. */
    FINANCE,
    /** Administers the workspace; sees no book by that alone. */
    ADMIN,
}

/** A member of the workspace. */
public data class Member(
    /** The member. */
    public val id: MemberId,
    /** Their name. */
    public val name: String,
    /** Their role. */
    public val role: Role,
    /** The member above, if any. */
    public val reportsTo: MemberId?,
)

/** What one device proposes for one record that was handed over: accepted or refused as a whole. */
public class Proposal internal constructor(internal val ffi: FfiProposal) {
    /** The book whose tray it is in. */
    public val book: BookId = BookId(ffi.book)
    /** The record. */
    public val record: RecordId = RecordId(ffi.record)
    /** Its kind's name, if this app knows it. */
    public val kind: String? = ffi.kind
    /** Whether the record is new. */
    public val isNew: Boolean = ffi.isNew
    /** Whose device it came from. */
    public val member: MemberId = MemberId(ffi.member)
    /** What would change; empty if that cannot be shown without changes that are missing here. */
    public val changes: List<ProposedChange> =
        ffi.changes.map { ProposedChange(it.field, it.from?.toValue(), it.to?.toValue()) }

    override fun equals(other: Any?): Boolean = other is Proposal && ffi == other.ffi

    override fun hashCode(): Int = ffi.hashCode()
}

/** One field that a proposal would change. */
public data class ProposedChange(
    /** The field's name. */
    public val field: String,
    /** What it says now; null for empty. */
    public val from: Value?,
    /** What it would say; null for empty. */
    public val to: Value?,
)

/** A verdict on what this device proposed. */
public data class Verdict(
    /** The record. */
    public val record: RecordId,
    /** Accepted or refused. */
    public val accepted: Boolean,
    /** Who decided. */
    public val by: MemberId,
    /** When, by the relay's clock; null if the relay does not say. */
    public val at: Instant?,
    /** Why. */
    public val because: String?,
    /** The record's kind's name, if something of it is still here. */
    public val kind: String?,
    /** Changes that were refused and are kept here: [Roadbook.export] and [Roadbook.discard]. */
    public val kept: Long,
)

internal fun FfiBook.toPublic() =
    Book(BookId(id), name, owner?.let(::MemberId), Right.valueOf(right.name), common, reviews, leaving)

internal fun FfiMember.toPublic() = Member(MemberId(id), name, Role.valueOf(role.name), reportsTo?.let(::MemberId))

internal fun FfiVerdict.toPublic() =
    Verdict(RecordId(record), accepted, MemberId(by), at?.let(Instant::ofEpochMilli), reason, kind, kept.toLong())
