package org.roadbook

import java.time.LocalDate
import org.roadbook.ffi.FfiFinding
import org.roadbook.ffi.FfiHit
import org.roadbook.ffi.FfiNextAction
import org.roadbook.ffi.FfiValue

/** How urgent a next action is on the day that was asked for. */
public enum class Urgency {
    /** Its last day is past. */
    OVERDUE,
    /** Now. */
    DUE,
    /** Within the working days that the playbook calls coming. */
    COMING,
}

/** Where a next action comes from. */
public enum class Source {
    /** The cadence of the account's maturity class. */
    CADENCE,
    /** A next visit that was promised at the last one. */
    PROMISED,
    /** A visit that is planned and has not taken place. */
    PLANNED,
    /** A task that is not done. */
    TASK,
}

/** Something to do next. */
public data class NextAction(
    /** The account; null for a task that hangs on none. */
    public val account: RecordId?,
    /** Its name, if it is on this device. */
    public val accountName: String?,
    /** Its maturity class. */
    public val maturity: AccountMaturity?,
    /**
     * Who is to do it: a task's assignee, else the account's owner, else the owner of the book the record is in. Null
     * if nobody is named and the book is everybody's, or nobody's before this device is enrolled.
     */
    public val owner: MemberId?,
    /** Where it comes from. */
    public val source: Source,
    /** The record it comes from: the account, a visit or a task. */
    public val record: RecordId,
    /** Due from this day. */
    public val dueFrom: LocalDate,
    /** Overdue after this day. */
    public val dueTo: LocalDate,
    /** How urgent. */
    public val urgency: Urgency,
)

/** How grave a finding is. */
public enum class Severity {
    /** Shown. */
    WARN,
    /** Shown, and the gift needs an approver. */
    NEEDS_APPROVAL,
    /** Saving such a note is refused; after a merge the note stays and the finding is shown. */
    BLOCK,
}

/** A rule that what is on this device breaks. */
public data class Finding(
    /** The recipient (a contact) for a yearly cap, otherwise the gift note. */
    public val subject: RecordId,
    /** The rule's name in the playbook. */
    public val rule: String,
    /** What of it is broken: `cap_per_year`, `cap_per_gift`, `not_branded`, `cash`, `banned`. */
    public val breach: String,
    /** How grave. */
    public val severity: Severity,
    /** The calendar year of a yearly cap. */
    public val year: Int?,
    /** What was given, for a cap. */
    public val total: Money?,
    /** What may be given, for a cap. */
    public val cap: Money?,
    /** The gift notes that count. */
    public val notes: List<RecordId>,
    /** In words. */
    public val words: Wording,
)

/** A record that search found. */
public data class Hit(
    /** The record. */
    public val id: RecordId,
    /** Its kind's name. */
    public val kind: String,
    /** What a list shows. */
    public val title: String,
    /** Where the text was found. */
    public val excerpt: String,
)

internal fun FfiHit.toPublic() = Hit(RecordId(id), kind, title, excerpt)

internal fun FfiNextAction.toPublic() =
    NextAction(
        account = account?.let(::RecordId),
        accountName = accountName,
        maturity = maturity?.let(AccountMaturity::of),
        owner = owner?.let(::MemberId),
        source = Source.valueOf(source.name),
        record = RecordId(record),
        dueFrom = (dueFrom as FfiValue.Date).toLocalDate(),
        dueTo = (dueTo as FfiValue.Date).toLocalDate(),
        urgency = Urgency.valueOf(urgency.name),
    )

internal fun FfiFinding.toPublic() =
    Finding(
        subject = RecordId(subject),
        rule = rule,
        breach = breach,
        severity = Severity.valueOf(severity.uppercase()),
        year = year,
        total = (total as? FfiValue.Money)?.toMoney(),
        cap = (cap as? FfiValue.Money)?.toMoney(),
        notes = notes.map(::RecordId),
        words = Wording(en, zh),
    )
