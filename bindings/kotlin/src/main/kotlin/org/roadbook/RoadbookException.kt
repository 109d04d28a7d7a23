package org.roadbook

import java.nio.charset.CharacterCodingException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import org.roadbook.ffi.FfiErrorCode
import org.roadbook.ffi.FfiException
import org.roadbook.ffi.InternalException

/**
 * What can go wrong, in kinds an app can act on. Unless a kind says otherwise, nothing was changed. [message] is the
 * English words; neither language's hold customer data except values that the call itself gave.
 */
public sealed class RoadbookException(
    /** What happened, in both languages. */
    public val words: Wording,
    /** The record it is about, if it is about one. */
    public val record: RecordId? = null,
    /** The name of the field it is about, if it is about one. */
    public val field: String? = null,
) : Exception(words.en) {
    /** Values are refused; correct them and save again. */
    public class Invalid
    internal constructor(words: Wording, record: RecordId?, field: String?, problems: Map<String, Wording>) :
        RoadbookException(words, record, field) {
        /** Everything that is wrong, by field. */
        public val problems: Map<String, Wording> = problems
    }

    /** The record is not on this device: it never was, or it is not shared with this member. */
    public class NotFound internal constructor(words: Wording, record: RecordId?) : RoadbookException(words, record)

    /** The record is deleted; restore it first. */
    public class Deleted internal constructor(words: Wording, record: RecordId?) : RoadbookException(words, record)

    /** The member may read there, not write. */
    public class ReadOnly internal constructor(words: Wording) : RoadbookException(words)

    /** A newer version of the app wrote it, or the relay speaks no older one; update the app. Nothing is lost. */
    public class UpdateNeeded internal constructor(words: Wording, record: RecordId?) : RoadbookException(words, record)

    /** What was shown is not what there is any more; read it again. */
    public class Outdated internal constructor(words: Wording, record: RecordId?, field: String?) :
        RoadbookException(words, record, field)

    /** A rule forbids it; the words say which. */
    public class Blocked internal constructor(words: Wording, record: RecordId?, field: String?) :
        RoadbookException(words, record, field)

    /** The change is larger than the relay takes. */
    public class TooLarge internal constructor(words: Wording) : RoadbookException(words)

    /** The query names a field that cannot be listed by. */
    public class BadQuery internal constructor(words: Wording, field: String?) : RoadbookException(words, null, field)

    /** An administrator ended this device and what was on it is erased; enrol again. */
    public class Ended internal constructor(words: Wording) : RoadbookException(words)

    /** Something was not sent, and would be lost: sync first, or say that it is given up. */
    public class Unsent internal constructor(words: Wording, records: Long) : RoadbookException(words) {
        /** Records of which something waits: [Roadbook.unsent] lists them. */
        public val records: Long = records
    }

    /** The store is paused; call [Roadbook.resume]. */
    public class Paused internal constructor(words: Wording) : RoadbookException(words)

    /** The store was closed. */
    public class Closed internal constructor(words: Wording) : RoadbookException(words)

    /** Another process holds the store; try again. */
    public class Locked internal constructor(words: Wording) : RoadbookException(words)

    /** The disk is full. What was saved before is safe. */
    public class DiskFull internal constructor(words: Wording) : RoadbookException(words)

    /** The store's file is damaged: close it and call [Roadbook.salvage]. What is unsent is kept. */
    public class Damaged internal constructor(words: Wording) : RoadbookException(words)

    /** The store's file could not be read or written. */
    public class Storage internal constructor(words: Wording) : RoadbookException(words)

    /**
     * The phone has not been unlocked since it was started, so that its token cannot be read. Saving works; sync later.
     */
    public class KeyLocked internal constructor(words: Wording) : RoadbookException(words)

    /** The [SecretStore] failed, or is not the one this device was enrolled with. Saving works. */
    public class KeyStore internal constructor(words: Wording) : RoadbookException(words)

    /** This device is not enrolled. */
    public class NotEnrolled internal constructor(words: Wording) : RoadbookException(words)

    /** This device is enrolled already. */
    public class AlreadyEnrolled internal constructor(words: Wording) : RoadbookException(words)

    /** The text is no invitation, or it is used or expired; ask for a new one. */
    public class Invitation internal constructor(words: Wording) : RoadbookException(words)

    /** The relay could not be reached, or its answer did not arrive whole. Nothing is lost. */
    public class Offline internal constructor(words: Wording) : RoadbookException(words)

    /**
     * At this device's time the relay's certificate is not valid: the clock is wrong, or if it is right, the
     * certificate is to be renewed. Nothing is lost; sync goes on once it is mended.
     */
    public class WrongClock internal constructor(words: Wording) : RoadbookException(words)

    /** The relay asks to come back later. Nothing is lost. */
    public class Busy internal constructor(words: Wording, retryAfter: Duration) : RoadbookException(words) {
        /** How long to wait. */
        public val retryAfter: Duration = retryAfter
    }

    /** The relay refused, or its answer makes no sense. */
    public class Refused internal constructor(words: Wording) : RoadbookException(words)

    /** The call was cancelled from within. What was committed stays. */
    public class Cancelled internal constructor(words: Wording) : RoadbookException(words)

    /** A fault of this library. */
    public class Internal internal constructor(words: Wording) : RoadbookException(words)
}

/** Calls the core; whatever it throws becomes one of ours. */
internal inline fun <T> bridged(call: () -> T): T =
    try {
        call()
    } catch (failed: FfiException.Failed) {
        throw failed.toPublic()
    } catch (_: InternalException) {
        // Its message may be anything.
        throw RoadbookException.Internal(Wording("internal fault", "内部错误"))
    } catch (_: CharacterCodingException) {
        val words = Wording("a text holds half of a character pair", "文本包含不完整的字符")
        throw RoadbookException.Invalid(words, null, null, emptyMap())
    } catch (closed: IllegalStateException) {
        if (closed is kotlinx.coroutines.CancellationException) throw closed
        throw RoadbookException.Closed(Wording("the store was closed", "存储已关闭"))
    }

internal fun FfiException.Failed.toPublic(): RoadbookException {
    val words = Wording(en, zh)
    val record = record?.let(::RecordId)
    return when (code) {
        FfiErrorCode.INVALID ->
            RoadbookException.Invalid(words, record, field, problems.associate { it.field to Wording(it.en, it.zh) })
        FfiErrorCode.NOT_FOUND -> RoadbookException.NotFound(words, record)
        FfiErrorCode.DELETED -> RoadbookException.Deleted(words, record)
        FfiErrorCode.READ_ONLY -> RoadbookException.ReadOnly(words)
        FfiErrorCode.UPDATE_NEEDED -> RoadbookException.UpdateNeeded(words, record)
        FfiErrorCode.OUTDATED -> RoadbookException.Outdated(words, record, field)
        FfiErrorCode.BLOCKED -> RoadbookException.Blocked(words, record, field)
        FfiErrorCode.TOO_LARGE -> RoadbookException.TooLarge(words)
        FfiErrorCode.BAD_QUERY -> RoadbookException.BadQuery(words, field)
        FfiErrorCode.ENDED -> RoadbookException.Ended(words)
        FfiErrorCode.UNSENT -> RoadbookException.Unsent(words, (unsent ?: 0uL).toLong())
        FfiErrorCode.PAUSED -> RoadbookException.Paused(words)
        FfiErrorCode.LOCKED -> RoadbookException.Locked(words)
        FfiErrorCode.DISK_FULL -> RoadbookException.DiskFull(words)
        FfiErrorCode.DAMAGED -> RoadbookException.Damaged(words)
        FfiErrorCode.STORAGE -> RoadbookException.Storage(words)
        FfiErrorCode.KEY_LOCKED -> RoadbookException.KeyLocked(words)
        FfiErrorCode.KEY_STORE -> RoadbookException.KeyStore(words)
        FfiErrorCode.NOT_ENROLLED -> RoadbookException.NotEnrolled(words)
        FfiErrorCode.ALREADY_ENROLLED -> RoadbookException.AlreadyEnrolled(words)
        FfiErrorCode.INVITATION -> RoadbookException.Invitation(words)
        FfiErrorCode.OFFLINE -> RoadbookException.Offline(words)
        FfiErrorCode.WRONG_CLOCK -> RoadbookException.WrongClock(words)
        FfiErrorCode.BUSY -> RoadbookException.Busy(words, (retryAfter ?: 0uL).toLong().milliseconds)
        FfiErrorCode.REFUSED -> RoadbookException.Refused(words)
        FfiErrorCode.CANCELLED -> RoadbookException.Cancelled(words)
        FfiErrorCode.INTERNAL -> RoadbookException.Internal(words)
    }
}
