package org.roadbook

import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import java.util.Currency

/** A name as people read it. */
public data class Wording(
    /** English. */
    public val en: String,
    /** Chinese. */
    public val zh: String,
)

/** One of the values a field may take. */
public interface Choice {
    /** The value as stored. */
    public val value: String
    /** As people read it. */
    public val label: Wording
}

/** An amount of money; amount and currency merge as one. */
public data class Money(
    /** Minor units: 12345 CNY is ¥123.45. */
    public val amount: Long,
    /** ISO 4217 code. */
    public val currency: String,
) {
    /** The amount in major units. */
    public fun toDecimal(): BigDecimal = BigDecimal.valueOf(amount, digits(currency))

    public companion object {
        /** From major units. Throws [ArithmeticException] if it has more decimals than the currency. */
        public fun of(major: BigDecimal, currency: String): Money =
            Money(major.setScale(digits(currency)).unscaledValue().longValueExact(), currency)

        private fun digits(code: String): Int =
            runCatching { Currency.getInstance(code).defaultFractionDigits }.getOrDefault(2).coerceAtLeast(0)
    }
}

/** A place on the earth (WGS 84). */
public data class GeoPoint(
    /** Degrees north, −90 to 90. */
    public val lat: Double,
    /** Degrees east, −180 to 180. */
    public val lon: Double,
    /** Radius within which the true place lies, metres; null when the source did not say. */
    public val accuracy: Double? = null,
)

/** A field of a kind: what a query filters and sorts by, and what a form shows as its label. */
public class Field<T : Any>
internal constructor(
    /** Its name in the store, e.g. `next_visit_on`. */
    public val name: String,
    /** As people read it. */
    public val label: Wording,
) {
    override fun toString(): String = name
}

/** The value of any field, where its type is not known: in a conflict, a history, a proposal. */
public sealed interface Value {
    /** A line, a free text or a choice. */
    public data class Text(
        /** The text; of a choice, as stored. */
        public val text: String
    ) : Value

    /** A whole number. */
    public data class Integer(
        /** The number. */
        public val number: Long
    ) : Value

    /** Yes or no. */
    public data class Flag(
        /** Whether it is set. */
        public val set: Boolean
    ) : Value

    /** Money. */
    public data class Amount(
        /** The amount. */
        public val money: Money
    ) : Value

    /** An instant and the IANA zone it was entered in. */
    public data class Time(
        /** When, to the millisecond. */
        public val at: Instant,
        /** The IANA zone. */
        public val zone: String,
    ) : Value

    /** A calendar day. */
    public data class Day(
        /** The day. */
        public val date: LocalDate
    ) : Value

    /** A place. */
    public data class Place(
        /** The place. */
        public val point: GeoPoint
    ) : Value

    /** Another record. */
    public data class Link(
        /** The record. */
        public val id: RecordId
    ) : Value

    /** A member of the workspace. */
    public data class Member(
        /** The member. */
        public val id: MemberId
    ) : Value

    /** Other records, each once. */
    public data class Links(
        /** The records. */
        public val ids: Set<RecordId>
    ) : Value

    /** Texts, each once. */
    public data class Texts(
        /** The texts. */
        public val texts: Set<String>
    ) : Value

    /** Texts by name. */
    public data class Named(
        /** The texts by name. */
        public val texts: Map<String, String>
    ) : Value

    /** Things with an identity, in order: the fields of each by its key. */
    public data class Items(
        /** Each with its key and its fields by name. */
        public val items: List<Pair<String, Map<String, Value>>>
    ) : Value
}
