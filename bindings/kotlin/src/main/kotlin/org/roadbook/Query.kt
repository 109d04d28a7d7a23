package org.roadbook

import org.roadbook.ffi.FfiCompare
import org.roadbook.ffi.FfiFilter
import org.roadbook.ffi.FfiQuery

/**
 * Which records of a kind, in which order.
 *
 * ```
 * Query(Visit).where(Visit.Fields.account eq account).descending(Visit.Fields.plannedAt).page(limit = 50)
 * ```
 */
public data class Query<R : Record>
internal constructor(
    internal val kind: Kind<R>,
    private val conditions: List<Condition>,
    private val words: String?,
    private val book: BookId?,
    private val sort: String?,
    private val descending: Boolean,
    private val deleted: Boolean,
    private val limit: Int,
    private val offset: Int,
) {
    /** The first hundred records of a kind, newest on this device first. */
    public constructor(kind: Kind<R>) : this(kind, emptyList(), null, null, null, false, false, 100, 0)

    /** Only those for which this holds, too. */
    public fun where(condition: Condition): Query<R> = copy(conditions = conditions + condition)

    /** Only those in which every word of a text is found, in any case and width, within words too. */
    public fun matching(text: String): Query<R> = copy(words = text)

    /** Only those of one book. */
    public fun inBook(book: BookId): Query<R> = copy(book = book)

    /** Smallest first. */
    public fun ascending(field: Field<*>): Query<R> = copy(sort = field.name, descending = false)

    /** Largest first. */
    public fun descending(field: Field<*>): Query<R> = copy(sort = field.name, descending = true)

    /** Deleted records instead of live ones. */
    public fun deleted(): Query<R> = copy(deleted = true)

    /** At most [limit] records, after leaving out [offset]. */
    public fun page(limit: Int, offset: Int = 0): Query<R> = copy(limit = limit, offset = offset)

    internal fun toFfi() =
        FfiQuery(
            kind = kind.name,
            filters = conditions.map { FfiFilter(it.field, it.compare, toFfi(it.value)) },
            matching = words,
            book = book?.value,
            sort = sort,
            descending = descending,
            deleted = deleted,
            limit = limit.coerceAtLeast(0).toUInt(),
            offset = offset.coerceAtLeast(0).toUInt(),
        )
}

/** A condition on one field; made by [eq], [ne], [below], [atMost], [above] and [atLeast]. */
public data class Condition
internal constructor(internal val field: String, internal val compare: FfiCompare, internal val value: Any?)

/** The field holds this value; null: it is empty. */
public infix fun <T : Any> Field<T>.eq(value: T?): Condition = Condition(name, FfiCompare.IS, value)

/** The field is empty or holds another value; null: it is not empty. */
public infix fun <T : Any> Field<T>.ne(value: T?): Condition = Condition(name, FfiCompare.IS_NOT, value)

/** The field is less. */
public infix fun <T : Any> Field<T>.below(value: T): Condition = Condition(name, FfiCompare.BELOW, value)

/** The field is less or equal. */
public infix fun <T : Any> Field<T>.atMost(value: T): Condition = Condition(name, FfiCompare.AT_MOST, value)

/** The field is more. */
public infix fun <T : Any> Field<T>.above(value: T): Condition = Condition(name, FfiCompare.ABOVE, value)

/** The field is more or equal. */
public infix fun <T : Any> Field<T>.atLeast(value: T): Condition = Condition(name, FfiCompare.AT_LEAST, value)
