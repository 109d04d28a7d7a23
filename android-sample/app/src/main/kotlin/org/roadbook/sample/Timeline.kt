package org.roadbook.sample

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import java.time.Instant
import kotlinx.coroutines.flow.Flow
import org.roadbook.*

/** The latest of what happened at an account, of every kind, latest first. */
fun Roadbook.timeline(account: RecordId, length: Int): Flow<List<Record>> =
    watch({ it.concernsRecords }) {
        // A record that changes between two reads may be found by both.
        queries(account).flatMap { list(it.page(length)) }.distinctBy(Record::id).sortedWith(LATEST_FIRST).take(length)
    }

private val LATEST_FIRST = compareByDescending(Record::time).thenByDescending { it.id.value }

/** When it happened or is planned, else when it was written. */
private val Record.time: Instant
    get() =
        when (this) {
            is Visit -> checkInAt ?: plannedAt
            is GiftNote -> givenAt ?: plannedAt
            is TaskRecord -> startsAt
            else -> null
        } ?: info.createdAt

/** So many that the latest of all are among the first of each: a query sorts by one field. */
private fun queries(account: RecordId): List<Query<*>> =
    Query(Visit).where(Visit.Fields.account eq account).by(Visit.Fields.checkInAt, Visit.Fields.plannedAt) +
        Query(GiftNote)
            .where(GiftNote.Fields.account eq account)
            .by(GiftNote.Fields.givenAt, GiftNote.Fields.plannedAt) +
        Query(TaskRecord).where(TaskRecord.Fields.account eq account).by(TaskRecord.Fields.startsAt) +
        Query(Opportunity).where(Opportunity.Fields.account eq account).by()

/** By the first of these times; those without it by the next; those without any as they came to this phone. */
private fun <R : Record> Query<R>.by(vararg times: Field<Instant>): List<Query<R>> {
    val without = times.runningFold(this) { rest, time -> rest.where(time eq null) }
    return times.mapIndexed { n, time -> without[n].where(time ne null).descending(time) } + without.last()
}

/** A record on its account's timeline. */
@Composable
fun TimelineLine(record: Record) {
    val navigator = LocalNavigator.current
    val (kind, title, facts) =
        when (record) {
            is Visit -> {
                val mode = record.mode?.label?.here()
                Told(Visit, record.purpose ?: mode, mode.takeIf { record.purpose != null }, record.outcome)
            }
            is GiftNote ->
                Told(
                    GiftNote,
                    record.item,
                    record.occasion?.label?.here(),
                    record.value?.short(),
                    record.stateLabel()?.here(),
                )
            is Opportunity ->
                Told(
                    Opportunity,
                    record.name,
                    record.stage?.label?.here(),
                    record.amount?.short(),
                    record.expectedClose?.short(),
                )
            is TaskRecord -> Told(TaskRecord, record.subject, record.status?.label?.here(), record.dueOn?.short())
            else -> return
        }
    val at = if (record is Visit) record.moment() else record.time.short()
    Line(
        title ?: kind.label.here(),
        (listOf(kind.label.here(), at) + facts).joinToString(stringResource(R.string.dot)),
        record = record.id,
        onClick = { navigator.open(kind.name, record.id) },
    )
}

/** What a line says of a record. */
private data class Told(val kind: Kind<*>, val title: String?, val facts: List<String>) {
    constructor(kind: Kind<*>, title: String?, vararg facts: String?) : this(kind, title, facts.filterNotNull())
}
