package org.roadbook.sample

import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.produceState
import androidx.compose.ui.res.stringResource
import java.text.NumberFormat
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Currency
import kotlin.math.roundToInt
import kotlinx.coroutines.flow.Flow
import org.roadbook.Account
import org.roadbook.Contact
import org.roadbook.GeoPoint
import org.roadbook.GiftNote
import org.roadbook.Kind
import org.roadbook.MemberId
import org.roadbook.Money
import org.roadbook.Opportunity
import org.roadbook.RecordId
import org.roadbook.Roadbook
import org.roadbook.RoadbookException
import org.roadbook.Role
import org.roadbook.TaskRecord
import org.roadbook.Value
import org.roadbook.Visit
import org.roadbook.Wording

/** Everything's words: times, money, values of fields, errors. */
@Composable
fun Instant.short(): String {
    val at = atZone(ZoneId.systemDefault())
    val time = DateTimeFormatter.ofLocalizedTime(FormatStyle.SHORT).withLocale(locale).format(at).unbroken()
    val day = at.toLocalDate()
    return if (day == LocalDate.now()) time else stringResource(R.string.day_and_time, day.short(), time)
}

/** Without its year if that is this one: most dates of a rep are near. */
@Composable
fun LocalDate.short(): String {
    val format =
        if (year == LocalDate.now().year) DateTimeFormatter.ofPattern(stringResource(R.string.day_of_this_year))
        else DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM)
    return format.withLocale(locale).format(this).unbroken()
}

/** A date, a time, a telephone number is one word, and stays on one line: Chinese breaks a line anywhere. */
fun String.unbroken(): String = replace(' ', NO_BREAK_SPACE).replace(IN_A_DATE, "\u2060")

private const val NO_BREAK_SPACE = '\u00A0'
private val IN_A_DATE = Regex("(?<=[0-9年月日上下午])(?=[0-9年月日起午])")

@Composable
fun Money.short(): String {
    val format = NumberFormat.getCurrencyInstance(locale)
    runCatching { Currency.getInstance(currency) }.onSuccess { format.currency = it }
    return format.format(toDecimal())
}

@Composable
fun GeoPoint.short(): String {
    val where = "%.5f, %.5f".format(locale, lat, lon)
    return accuracy?.let { stringResource(R.string.place_within, where, it.roundToInt()) } ?: where
}

/** The text of an error, with a word on what to do where the core cannot know it. */
@Composable
fun RoadbookException.clearly(): String =
    when (this) {
        is RoadbookException.ReadOnly -> stringResource(R.string.error_read_only)
        is RoadbookException.DiskFull -> stringResource(R.string.error_disk_full)
        is RoadbookException.UpdateNeeded -> stringResource(R.string.error_newer)
        is RoadbookException.Offline -> stringResource(R.string.error_offline)
        is RoadbookException.Damaged -> stringResource(R.string.error_damaged)
        else -> words.asSentence()
    }

@Composable fun Wording.asSentence(): String = here().replaceFirstChar { it.uppercase(locale) }

/** The kinds by their name in the store. */
val kinds: Map<String, Kind<*>> =
    listOf(Account, Contact, Visit, GiftNote, Opportunity, TaskRecord).associateBy { it.name }

/** A field's name as people read it. */
@Composable
fun fieldWords(kind: String?, field: String): String =
    if (field == "deleted") stringResource(R.string.deleted) else Roadbook.label(field, kind).here()

/** What a field says; a choice by its label. */
@Composable
fun Value?.words(kind: String?, field: String): String =
    when (this) {
        null -> stringResource(R.string.empty)
        is Value.Text ->
            (entriesOf(kind).find { it.field.name == field }?.shape as? Shape.Options)
                ?.options
                ?.find { it.value == text }
                ?.label
                ?.here() ?: text
        is Value.Integer -> "$number"
        is Value.Flag -> stringResource(if (set) R.string.yes else R.string.no)
        is Value.Amount -> money.short()
        is Value.Time -> at.short()
        is Value.Day -> date.short()
        is Value.Place -> point.short()
        is Value.Link -> titleOf(id)
        is Value.Member -> nameOf(id)
        is Value.Links -> ids.map { titleOf(it) }.joinToString(stringResource(R.string.comma))
        is Value.Texts -> texts.joinToString(stringResource(R.string.comma))
        is Value.Named -> texts.entries.joinToString(stringResource(R.string.comma)) { "${it.key}: ${it.value}" }
        is Value.Items ->
            items.joinToString(stringResource(R.string.comma)) { (_, fields) ->
                fields.values.filterIsInstance<Value.Text>().joinToString(" ") { it.text }
            }
    }

/** What a list shows for a record of any kind; the kind alone for one that is in no list any more. */
@Composable
fun titleOf(id: RecordId, kind: String? = null): String {
    val roadbook = LocalRoadbook.current
    val absent = kinds[kind]?.label?.here() ?: stringResource(R.string.not_here)
    // Nothing is claimed before it was looked for.
    val title by produceState("…", id, absent) { value = roadbook.title(id) ?: absent }
    return title
}

suspend fun Roadbook.title(id: RecordId): String? =
    try {
        find(Account, id)?.name
            ?: find(Contact, id)?.name
            ?: find(Opportunity, id)?.name
            ?: find(Visit, id)?.let { it.purpose ?: find(Account, it.account)?.name }
            ?: find(GiftNote, id)?.item
            ?: find(TaskRecord, id)?.subject
    } catch (_: RoadbookException) {
        null
    }

@Composable
fun nameOf(member: MemberId?): String {
    val names by watching { namesFlow() }
    val known = names ?: return "…"
    return known[member] ?: stringResource(R.string.somebody)
}

fun Roadbook.namesFlow(): Flow<Map<MemberId, String>> =
    watch({ it.access }) { members().associate { it.id to it.name } }

fun Roadbook.enrolledFlow(): Flow<Boolean> = watch({ it.access || it.sync }) { identity() != null }

/** Whether this member sees a team. */
fun Roadbook.managesFlow(): Flow<Boolean> =
    watch({ it.access }) {
        val me = identity()?.member
        members().find { it.id == me }?.role in setOf(Role.MANAGER, Role.DIRECTOR)
    }
