package org.roadbook.sample

import androidx.annotation.StringRes
import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import java.util.Currency
import kotlin.reflect.KMutableProperty1
import org.roadbook.*

/** How a field looks in a form. */
sealed interface Shape {
    /** Kept in the draft, shown by the form itself. */
    data object Hidden : Shape

    data class Line(val lines: Int = 1, val digits: Boolean = false, @param:StringRes val hint: Int? = null) : Shape

    data object YesNo : Shape

    data class Options(val options: List<Option>, val several: Boolean = false) : Shape
}

/** One thing to choose. */
data class Option(val value: String, val label: Wording)

/**
 * A field of a form: read from a draft as text, written to it from text. [write] says whether the text is a value,
 * [asked] whether the form asks for it as far as it is filled in.
 */
class Entry<D>(
    val field: Field<*>,
    val shape: Shape,
    @param:StringRes val wrong: Int = R.string.not_understood,
    val asked: ((D) -> Boolean)? = null,
    val read: (D) -> String,
    val write: (D, String) -> Boolean,
)

private fun <D> Entry<D>.askedWhen(asked: (D) -> Boolean) = Entry(field, shape, wrong, asked, read, write)

private fun <D, T> entry(
    field: Field<*>,
    property: KMutableProperty1<D, T?>,
    shape: Shape,
    @StringRes wrong: Int = R.string.not_understood,
    show: (T) -> String,
    parse: (String) -> T?,
): Entry<D> =
    Entry(
        field,
        shape,
        wrong,
        read = { draft -> property.get(draft)?.let(show).orEmpty() },
        write = { draft, text ->
            val value = text.trim().takeIf(String::isNotEmpty)?.let { runCatching { parse(it) }.getOrNull() }
            property.set(draft, value)
            value != null || text.isBlank()
        },
    )

private fun <D> line(field: Field<*>, property: KMutableProperty1<D, String?>, lines: Int = 1) =
    Entry<D>(field, Shape.Line(lines), read = { property.get(it).orEmpty() }) { draft, text ->
        property.set(draft, text.ifEmpty { null })
        true
    }

private fun <D> required(field: Field<*>, property: KMutableProperty1<D, String>) =
    Entry<D>(field, Shape.Line(), read = { property.get(it) }) { draft, text ->
        property.set(draft, text)
        true
    }

private fun <D, C : Choice> choice(
    field: Field<C>,
    property: KMutableProperty1<D, C?>,
    all: List<C>,
    of: (String) -> C,
) = entry(field, property, Shape.Options(all.map(Choice::option)), show = { it.value }, parse = of)

fun Choice.option() = Option(value, label)

private fun <D> day(field: Field<LocalDate>, property: KMutableProperty1<D, LocalDate?>) =
    entry(
        field,
        property,
        Shape.Line(hint = R.string.hint_day),
        R.string.hint_day,
        LocalDate::toString,
        LocalDate::parse,
    )

private fun <D> money(field: Field<Money>, property: KMutableProperty1<D, Money?>) =
    entry(
        field,
        property,
        Shape.Line(hint = R.string.hint_money),
        R.string.wrong_money,
        {
            if (it.currency == "CNY") it.toDecimal().toPlainString()
            else "${it.toDecimal().toPlainString()} ${it.currency}"
        },
        { text ->
            val parts = text.split(Regex("\\s+"), 2)
            val currency = parts.getOrNull(1)?.uppercase() ?: "CNY"
            Money.of(BigDecimal(parts[0].replace(",", "")), Currency.getInstance(currency).currencyCode)
        },
    )

private fun <D> number(field: Field<Long>, property: KMutableProperty1<D, Long?>) =
    entry(field, property, Shape.Line(digits = true), R.string.wrong_number, Long::toString, String::toLong)

private fun <D> flag(field: Field<Boolean>, property: KMutableProperty1<D, Boolean?>) =
    entry(field, property, Shape.YesNo, show = Boolean::toString, parse = String::toBooleanStrict)

private fun <D> texts(field: Field<Set<String>>, property: KMutableProperty1<D, Set<String>>) =
    Entry<D>(field, Shape.Line(hint = R.string.hint_several), read = { property.get(it).joinToString(", ") }) {
        draft,
        text ->
        property.set(draft, text.split(',', '，', '、').map(String::trim).filter(String::isNotEmpty).toSet())
        true
    }

private fun <D> time(field: Field<Instant>, property: KMutableProperty1<D, Instant?>) =
    entry(field, property, Shape.Hidden, show = Instant::toString, parse = Instant::parse)

private fun <D> place(field: Field<GeoPoint>, property: KMutableProperty1<D, GeoPoint?>) =
    entry(field, property, Shape.Hidden, show = GeoPoint::toText, parse = ::geoPoint)

fun GeoPoint.toText(): String = listOfNotNull(lat, lon, accuracy).joinToString(" ")

fun geoPoint(text: String): GeoPoint =
    text.split(' ').map(String::toDouble).let { GeoPoint(it[0], it[1], it.getOrNull(2)) }

private fun <D> link(field: Field<RecordId>, property: KMutableProperty1<D, RecordId?>, options: List<Option>) =
    entry(field, property, Shape.Options(options), show = RecordId::value, parse = ::RecordId)

private fun <D> links(
    field: Field<Set<RecordId>>,
    property: KMutableProperty1<D, Set<RecordId>>,
    options: List<Option>,
) =
    Entry<D>(field, Shape.Options(options, several = true), read = { property.get(it).joinToString("\n") }) {
        draft,
        text ->
        property.set(draft, text.split('\n').filter(String::isNotEmpty).map(::RecordId).toSet())
        true
    }

val accountEntries: List<Entry<AccountDraft>> =
    Account.Fields.run {
        listOf(
            required(name, AccountDraft::name),
            texts(phones, AccountDraft::phones),
            line(region, AccountDraft::region),
            line(industry, AccountDraft::industry),
            choice(tier, AccountDraft::tier, AccountTier.all, AccountTier::of),
            choice(maturity, AccountDraft::maturity, AccountMaturity.all, AccountMaturity::of),
            flag(strategic, AccountDraft::strategic),
            texts(tags, AccountDraft::tags),
            line(nextStep, AccountDraft::nextStep),
            line(notes, AccountDraft::notes, lines = 3),
        )
    }

val contactEntries: List<Entry<ContactDraft>> =
    Contact.Fields.run {
        listOf(
            required(name, ContactDraft::name),
            line(title, ContactDraft::title),
            choice(role, ContactDraft::role, ContactRole.all, ContactRole::of),
            texts(phones, ContactDraft::phones),
            day(birthday, ContactDraft::birthday),
            choice(recipientClass, ContactDraft::recipientClass, ContactRecipientClass.all, ContactRecipientClass::of),
            line(notes, ContactDraft::notes, lines = 3),
        )
    }

fun visitEntries(contacts: List<Option>): List<Entry<VisitDraft>> =
    Visit.Fields.run {
        listOf(
            choice(mode, VisitDraft::mode, VisitMode.all, VisitMode::of),
            line(purpose, VisitDraft::purpose),
            line(checkInReason, VisitDraft::checkInReason, lines = 2).askedWhen { it.checkInInside == false },
            links(this.contacts, VisitDraft::contacts, contacts),
            time(checkInAt, VisitDraft::checkInAt),
            place(checkInPoint, VisitDraft::checkInPoint),
            entry(
                checkInInside,
                VisitDraft::checkInInside,
                Shape.Hidden,
                show = Boolean::toString,
                parse = String::toBooleanStrict,
            ),
            time(checkOutAt, VisitDraft::checkOutAt),
            place(checkOutPoint, VisitDraft::checkOutPoint),
            line(talkPoints, VisitDraft::talkPoints, lines = 3),
            line(customerThinking, VisitDraft::customerThinking, lines = 2),
            line(outcome, VisitDraft::outcome),
            line(nextStep, VisitDraft::nextStep),
            day(nextVisitOn, VisitDraft::nextVisitOn),
            line(notes, VisitDraft::notes, lines = 3),
        )
    }

/** [states] are those that may be set by hand; the remark is of who [decides]. */
fun giftEntries(contacts: List<Option>, states: List<Option>, decides: Boolean): List<Entry<GiftNoteDraft>> =
    GiftNote.Fields.run {
        listOf(
            link(recipient, GiftNoteDraft::recipient, contacts),
            choice(occasion, GiftNoteDraft::occasion, GiftNoteOccasion.all, GiftNoteOccasion::of),
            required(item, GiftNoteDraft::item),
            money(value, GiftNoteDraft::value),
            line(meaning, GiftNoteDraft::meaning, lines = 2),
            flag(branded, GiftNoteDraft::branded),
            flag(cashEquivalent, GiftNoteDraft::cashEquivalent),
            state(
                entry(
                    state,
                    GiftNoteDraft::state,
                    Shape.Options(states),
                    show = GiftNoteState::value,
                    parse = GiftNoteState::of,
                )
            ),
            time(givenAt, GiftNoteDraft::givenAt),
            entry(approver, GiftNoteDraft::approver, Shape.Hidden, show = MemberId::value, parse = ::MemberId),
            if (decides) line(approverRemark, GiftNoteDraft::approverRemark)
            else entry(approverRemark, GiftNoteDraft::approverRemark, Shape.Hidden, show = { it }, parse = { it }),
        )
    }

/** A gift that is planned anew was neither approved nor refused by anybody. */
private fun state(plain: Entry<GiftNoteDraft>) =
    Entry(plain.field, plain.shape, plain.wrong, read = plain.read) { draft, text ->
        plain.write(draft, text).also { if (draft.state == GiftNoteState.Planned) draft.approver = null }
    }

val opportunityEntries: List<Entry<OpportunityDraft>> =
    Opportunity.Fields.run {
        listOf(
            required(name, OpportunityDraft::name),
            money(amount, OpportunityDraft::amount),
            choice(stage, OpportunityDraft::stage, OpportunityStage.all, OpportunityStage::of),
            number(probability, OpportunityDraft::probability),
            day(expectedClose, OpportunityDraft::expectedClose),
            choice(lostReason, OpportunityDraft::lostReason, OpportunityLostReason.all, OpportunityLostReason::of)
                .askedWhen { it.stage == OpportunityStage.Lost || it.lostReason != null },
            line(lostAnalysis, OpportunityDraft::lostAnalysis, lines = 2).askedWhen {
                it.stage == OpportunityStage.Lost || it.lostAnalysis != null
            },
            line(notes, OpportunityDraft::notes, lines = 3),
        )
    }

val taskEntries: List<Entry<TaskDraft>> =
    TaskRecord.Fields.run {
        listOf(
            required(subject, TaskDraft::subject),
            day(dueOn, TaskDraft::dueOn),
            choice(priority, TaskDraft::priority, TaskPriority.all, TaskPriority::of),
            choice(status, TaskDraft::status, TaskStatus.all, TaskStatus::of),
            line(notes, TaskDraft::notes, lines = 3),
        )
    }

private val entriesByKind: Map<String, List<Entry<*>>> by lazy {
    mapOf(
        Account.name to accountEntries,
        Contact.name to contactEntries,
        Visit.name to visitEntries(emptyList()),
        GiftNote.name to giftEntries(emptyList(), GiftNoteState.all.map(Choice::option), decides = true),
        Opportunity.name to opportunityEntries,
        TaskRecord.name to taskEntries,
    )
}

/** What the forms know of a kind's fields. */
fun entriesOf(kind: String?): List<Entry<*>> = entriesByKind[kind].orEmpty()
