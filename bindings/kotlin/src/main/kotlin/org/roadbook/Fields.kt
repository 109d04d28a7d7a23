package org.roadbook

import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import org.roadbook.ffi.FfiItem
import org.roadbook.ffi.FfiRecord
import org.roadbook.ffi.FfiValue

/** Reads typed fields; one that holds another type than declared reads as empty. */
internal class FieldReader(private val fields: Map<String, FfiValue>) {
    fun text(name: String): String? = (fields[name] as? FfiValue.Text)?.text

    fun integer(name: String): Long? = (fields[name] as? FfiValue.Integer)?.number

    fun flag(name: String): Boolean? = (fields[name] as? FfiValue.Flag)?.set

    fun money(name: String): Money? = (fields[name] as? FfiValue.Money)?.toMoney()

    fun time(name: String): Instant? = (fields[name] as? FfiValue.Time)?.let { Instant.ofEpochMilli(it.at) }

    fun date(name: String): LocalDate? = (fields[name] as? FfiValue.Date)?.toLocalDate()

    fun point(name: String): GeoPoint? =
        (fields[name] as? FfiValue.Point)?.let { GeoPoint(it.lat, it.lon, it.accuracy) }

    fun link(name: String): RecordId? = (fields[name] as? FfiValue.Link)?.let { RecordId(it.id) }

    fun member(name: String): MemberId? = (fields[name] as? FfiValue.Member)?.let { MemberId(it.id) }

    fun links(name: String): Set<RecordId> =
        (fields[name] as? FfiValue.Links)?.ids.orEmpty().mapTo(linkedSetOf(), ::RecordId)

    fun set(name: String): Set<String> = (fields[name] as? FfiValue.Texts)?.texts.orEmpty().toSet()

    fun map(name: String): Map<String, String> = (fields[name] as? FfiValue.Named)?.texts.orEmpty()

    fun <T> items(name: String, read: (String, FieldReader) -> T): List<T> =
        (fields[name] as? FfiValue.Items)?.items.orEmpty().map { read(it.key, FieldReader(it.fields)) }
}

/** Writes typed fields; an empty value is no field. */
internal class FieldWriter {
    val fields: MutableMap<String, FfiValue> = mutableMapOf()

    fun put(name: String, value: Any?) {
        toFfi(value)?.let { fields[name] = it }
    }

    fun <T> items(name: String, items: List<T>, each: (T) -> Pair<String, (FieldWriter) -> Unit>) {
        if (items.isEmpty()) return
        fields[name] =
            FfiValue.Items(
                items.map { item ->
                    val (key, write) = each(item)
                    FfiItem(key, FieldWriter().also(write).fields)
                }
            )
    }
}

/** A value of one of the types that fields have; null for what says no more than an empty field. */
internal fun toFfi(value: Any?): FfiValue? =
    when (value) {
        null -> null
        is String -> value.takeIf { it.isNotEmpty() }?.let(FfiValue::Text)
        is Choice -> FfiValue.Text(value.value)
        is Long -> FfiValue.Integer(value)
        is Boolean -> FfiValue.Flag(value)
        is Money -> FfiValue.Money(value.amount, value.currency)
        is Instant -> FfiValue.Time(value.toEpochMilli(), ZoneId.systemDefault().id)
        is LocalDate -> FfiValue.Date(value.year, value.monthValue.toUInt(), value.dayOfMonth.toUInt())
        is GeoPoint -> FfiValue.Point(value.lat, value.lon, value.accuracy)
        is RecordId -> FfiValue.Link(value.value)
        is MemberId -> FfiValue.Member(value.value)
        is Map<*, *> ->
            value.takeIf { it.isNotEmpty() }?.let { FfiValue.Named(it.entries.associate { (k, v) -> "$k" to "$v" }) }
        is Set<*> ->
            when {
                value.isEmpty() -> null
                value.first() is RecordId -> FfiValue.Links(value.map { (it as RecordId).value }.sorted())
                else -> FfiValue.Texts(value.map { it as String }.sorted())
            }
        else -> error("no field holds a ${value::class.simpleName}")
    }

internal fun FfiValue.Money.toMoney() = Money(amount, currency)

internal fun FfiValue.Date.toLocalDate(): LocalDate = LocalDate.of(year, month.toInt(), day.toInt())

internal fun FfiValue.toValue(): Value =
    when (this) {
        is FfiValue.Text -> Value.Text(text)
        is FfiValue.Integer -> Value.Integer(number)
        is FfiValue.Flag -> Value.Flag(set)
        is FfiValue.Money -> Value.Amount(toMoney())
        is FfiValue.Time -> Value.Time(Instant.ofEpochMilli(at), zone)
        is FfiValue.Date -> Value.Day(toLocalDate())
        is FfiValue.Point -> Value.Place(GeoPoint(lat, lon, accuracy))
        is FfiValue.Link -> Value.Link(RecordId(id))
        is FfiValue.Member -> Value.Member(MemberId(id))
        is FfiValue.Links -> Value.Links(ids.mapTo(linkedSetOf(), ::RecordId))
        is FfiValue.Texts -> Value.Texts(texts.toSet())
        is FfiValue.Named -> Value.Named(texts)
        is FfiValue.Items -> Value.Items(items.map { it.key to it.fields.mapValues { (_, v) -> v.toValue() } })
    }

internal fun Value.toFfi(): FfiValue =
    when (this) {
        is Value.Text -> FfiValue.Text(text)
        is Value.Integer -> FfiValue.Integer(number)
        is Value.Flag -> FfiValue.Flag(set)
        is Value.Amount -> FfiValue.Money(money.amount, money.currency)
        is Value.Time -> FfiValue.Time(at.toEpochMilli(), zone)
        is Value.Day -> FfiValue.Date(date.year, date.monthValue.toUInt(), date.dayOfMonth.toUInt())
        is Value.Place -> FfiValue.Point(point.lat, point.lon, point.accuracy)
        is Value.Link -> FfiValue.Link(id.value)
        is Value.Member -> FfiValue.Member(id.value)
        is Value.Links -> FfiValue.Links(ids.map { it.value })
        is Value.Texts -> FfiValue.Texts(texts.toList())
        is Value.Named -> FfiValue.Named(texts)
        is Value.Items -> FfiValue.Items(items.map { (key, f) -> FfiItem(key, f.mapValues { (_, v) -> v.toFfi() }) })
    }

internal fun FfiRecord.info() =
    RecordInfo(
        book = BookId(book),
        createdBy = createdBy?.let(::MemberId),
        createdAt = Instant.ofEpochSecond(createdAt),
        updatedBy = updatedBy?.let(::MemberId),
        updatedAt = Instant.ofEpochSecond(updatedAt),
        deletedBecause = deleted,
        conflicts = clashes.toInt(),
        version = Version(heads),
        zones = fields.mapNotNull { (name, v) -> (v as? FfiValue.Time)?.let { name to it.zone } }.toMap(),
    )
