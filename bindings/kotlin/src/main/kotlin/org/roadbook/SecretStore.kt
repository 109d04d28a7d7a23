package org.roadbook

import org.roadbook.ffi.FfiSecretException
import org.roadbook.ffi.FfiSecretStore

/**
 * Keeps one secret of the app where other apps and backups cannot read it: the key that this device's token is sealed
 * under. On Android that is `org.roadbook.android.KeystoreSecrets`. Asked when the device is enrolled and when it first
 * syncs, on a thread of the core; never to save or read a record.
 */
public interface SecretStore {
    /** The secret; null if there is none, or none any more. Throws [LockedException] before the phone is unlocked. */
    public fun read(): String?

    /** Keeps this secret, 64 hexadecimal digits, in the place of any other. Throws [LockedException]. */
    public fun write(secret: String)

    /** Forgets it: the device was wiped. */
    public fun erase()

    /** The phone has not been unlocked since it was started. */
    public class LockedException(cause: Throwable? = null) : Exception("the phone is locked", cause)
}

internal class ForeignSecrets(private val secrets: SecretStore) : FfiSecretStore {
    override fun read(): String? = failing { secrets.read() }

    override fun write(secret: String): Unit = failing { secrets.write(secret) }

    override fun erase(): Unit = failing { secrets.erase() }

    private inline fun <T> failing(call: () -> T): T =
        try {
            call()
        } catch (_: SecretStore.LockedException) {
            throw FfiSecretException.Locked()
        } catch (_: Exception) {
            // What it says may be anything.
            throw FfiSecretException.Failed()
        }
}
