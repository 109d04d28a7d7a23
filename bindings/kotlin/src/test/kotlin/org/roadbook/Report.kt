package org.roadbook

import java.time.Instant
import java.time.LocalDate

/**
 * Everything a device says of its records, as text. `Report.swift` writes the same form: what differs between the two
 * is a fault of a package or of sync.
 *
 * Where the API promises no order that two devices share (equal sort keys, search, conflicts), the report sorts by
 * itself.
 */
internal class Report(private val roadbook: Roadbook) {
    private val lines = mutableListOf<String>()

    suspend fun text(today: LocalDate): String {
        for ((kind, fields) in KINDS) records(kind, fieldsOf(fields))
        queries()
        for (words in listOf("百草", "茶叶", "老客户", "续约", "BRIDGE", "no such words")) {
            for (hit in roadbook.search(words).sortedBy { it.id.value }) lines +=
                "search ${quoted(words)} ${hit.kind} ${hit.id} ${quoted(hit.title)} ${quoted(hit.excerpt)}"
        }
        for (conflict in roadbook.conflicts().sortedBy { "${it.record} ${it.field}" }) {
            lines += "conflict ${conflict.kind} ${conflict.record} ${conflict.field} ${hex(conflict.seen)}"
            for (side in conflict.sides) lines +=
                "  ${wrote(side.wrote)} by ${side.by ?: "-"} at ${side.at.epochSecond}"
        }
        for (f in roadbook.findings()) {
            lines +=
                "finding ${f.subject} ${f.rule} ${f.breach} ${f.severity.name.lowercase()} ${f.year ?: "-"} " +
                    "${money(f.total)} ${money(f.cap)} ${f.notes.map { it.value }.sorted()} ${quoted(f.words.en)} ${quoted(f.words.zh)}"
        }
        for (n in roadbook.nextActions(today)) {
            lines +=
                "next ${n.account ?: "-"} ${quoted(n.accountName ?: "")} ${n.maturity?.value ?: "-"} " +
                    "${n.source.name.lowercase()} ${n.record} ${n.dueFrom} ${n.dueTo} ${n.urgency.name.lowercase()}"
        }
        return lines.joinToString("\n", postfix = "\n")
    }

    private suspend fun <R : Record> records(kind: Kind<R>, fields: List<Field<*>>) {
        val all = Query(kind).page(1000)
        lines += "$kind: ${roadbook.count(all)} and ${roadbook.count(all.deleted())} deleted"
        for (record in (roadbook.list(all) + roadbook.list(all.deleted())).sortedBy { it.id.value }) {
            val info = record.info
            lines +=
                "$kind ${record.id} in ${info.book} by ${info.createdBy ?: "-"} ${info.createdAt.epochSecond}, " +
                    "${info.updatedBy ?: "-"} ${info.updatedAt.epochSecond}, ${quoted(info.deletedBecause ?: "")} " +
                    "${info.conflicts} ${hex(info.version)}"
            for ((name, value) in valuesOf(record).toSortedMap()) lines += "  $name = ${text(value)}"
            for (e in roadbook.history(record.id)) {
                lines +=
                    "  ${e.change} ${e.field}: ${text(e.from)} to ${text(e.to)} " +
                        "by ${e.by ?: "-"} ${e.pushedBy ?: "-"} ${e.at.epochSecond} ${quoted(e.because ?: "")}"
            }
        }
        for (field in fields) {
            lines += "$kind ascending $field: ${sorted(all.ascending(field), field)}"
            lines += "$kind descending $field: ${sorted(all.descending(field), field)}"
        }
    }

    /** Ids in order; those of equal keys, which come in each device's own order, as one group. */
    private suspend fun <R : Record> sorted(query: Query<R>, field: Field<*>): String {
        val groups = mutableListOf<Pair<String, MutableList<String>>>()
        try {
            for (record in roadbook.list(query)) {
                val value = valuesOf(record)[field.name]
                // One instant sorts as one, whatever zone it was entered in.
                val key = if (value is Value.Time) "${value.at.toEpochMilli()}" else text(value)
                if (groups.lastOrNull()?.first != key) groups += key to mutableListOf()
                groups.last().second += record.id.value
            }
        } catch (refused: RoadbookException.BadQuery) {
            return "${refused.field} ${refused.words.en}"
        }
        return groups.joinToString(" ") { (key, ids) -> "$key ${ids.sorted()}" }
    }

    private suspend fun queries() {
        val account = roadbook.list(Query(Account).matching("百草堂")).single().id
        query("region", Query(Account).where(Account.Fields.region eq "宁波"))
        query("other region", Query(Account).where(Account.Fields.region ne "宁波"))
        query("no tier", Query(Account).where(Account.Fields.tier eq null))
        query("tier", Query(Account).where(Account.Fields.tier eq AccountTier.A))
        query("of the account", Query(Visit).where(Visit.Fields.account eq account))
        query("planned", Query(Visit).where(Visit.Fields.plannedAt above Instant.ofEpochSecond(1_795_000_000)))
        query("due", Query(TaskRecord).where(TaskRecord.Fields.dueOn atMost LocalDate.of(2026, 11, 27)))
        query("large", Query(Opportunity).where(Opportunity.Fields.amount atLeast Money(1_000_000, "CNY")))
        query("words", Query(GiftNote).matching("茶叶").where(GiftNote.Fields.quantity below 3))
    }

    private suspend fun <R : Record> query(name: String, query: Query<R>) {
        lines += "$name: ${roadbook.count(query)} ${roadbook.list(query).map { it.id.value }.sorted()}"
    }

    companion object {
        private val KINDS: List<Pair<Kind<*>, Any>> =
            listOf(
                Account to Account.Fields,
                Contact to Contact.Fields,
                Visit to Visit.Fields,
                GiftNote to GiftNote.Fields,
                Opportunity to Opportunity.Fields,
                TaskRecord to TaskRecord.Fields,
                Playbook to Playbook.Fields,
            )

        /** Every field of every kind, a line each: Swift cannot list its own. */
        fun fields(): String = KINDS.flatMap { (kind, all) -> fieldsOf(all).map { "$kind $it" } }.joinToString("\n")

        private fun fieldsOf(fields: Any): List<Field<*>> =
            fields.javaClass.methods
                .filter { it.returnType == Field::class.java }
                .map { it.invoke(fields) as Field<*> }
                .sortedBy { it.name }

        /** By the typed draft and back, so that every typed field is read; a time with the zone it was entered in. */
        private fun valuesOf(record: Record): Map<String, Value> =
            (record as EditableRecord<*>).toDraft().toFields().mapValues { (name, ffi) ->
                val value = ffi.toValue()
                val zone by lazy { record.info.zone(Field(name, Wording("", ""))) }
                if (value is Value.Time) Value.Time(value.at, "$zone") else value
            }

        private fun text(value: Value?): String =
            when (value) {
                null -> "-"
                is Value.Text -> quoted(value.text)
                is Value.Integer -> "${value.number}"
                is Value.Flag -> "${value.set}"
                is Value.Amount -> money(value.money)
                is Value.Time -> "${value.at.toEpochMilli()} ${value.zone}"
                is Value.Day -> "${value.date}"
                is Value.Place -> value.point.run { "${fixed(lat)} ${fixed(lon)} ${accuracy?.let(::fixed) ?: "-"}" }
                is Value.Link -> value.id.value
                is Value.Member -> value.id.value
                is Value.Links -> value.ids.map { it.value }.sorted().toString()
                is Value.Texts -> value.texts.sorted().map(::quoted).toString()
                is Value.Named -> value.texts.toSortedMap().map { (k, v) -> "${quoted(k)}: ${quoted(v)}" }.toString()
                is Value.Items ->
                    value.items
                        .map { (key, fields) ->
                            fields.toSortedMap().map { (k, v) -> "$k = ${text(v)}" }.joinToString(" ", "$key ")
                        }
                        .toString()
            }

        private fun wrote(wrote: Conflict.Wrote): String =
            when (wrote) {
                is Conflict.Wrote.Put -> "put ${text(wrote.value)}"
                is Conflict.Wrote.Removed -> "removed ${quoted(wrote.because ?: "")}"
                Conflict.Wrote.Changed -> "changed"
            }

        private fun money(money: Money?) = money?.run { "$amount $currency" } ?: "-"

        /** The languages write a number's digits each in its own way. */
        private fun fixed(number: Double) = "${Math.round(number * 1e7)}"

        private fun hex(version: Version) = version.heads.joinToString("") { "%02x".format(it) }

        private fun quoted(text: String) = "\"${text.replace("\\", "\\\\").replace("\n", "\\n")}\""
    }
}
