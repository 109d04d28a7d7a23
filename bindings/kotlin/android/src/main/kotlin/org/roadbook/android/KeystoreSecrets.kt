package org.roadbook.android

import android.content.Context
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties.BLOCK_MODE_GCM
import android.security.keystore.KeyProperties.ENCRYPTION_PADDING_NONE
import android.security.keystore.KeyProperties.KEY_ALGORITHM_AES
import android.security.keystore.KeyProperties.PURPOSE_DECRYPT
import android.security.keystore.KeyProperties.PURPOSE_ENCRYPT
import android.security.keystore.UserNotAuthenticatedException
import java.io.File
import java.security.KeyStore
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.roadbook.SecretStore

/**
 * Keeps the secret in a file that only a key of the Android Keystore opens: the key never leaves the phone's secure
 * hardware, where there is one, and neither file nor key is in a backup. Give it to [org.roadbook.Roadbook.open].
 *
 * Of several stores in one app each needs a [name] of its own.
 */
public class KeystoreSecrets(private val context: Context, private val name: String = "roadbook") : SecretStore {
    private val file = File(context.noBackupFilesDir, "$name.secret")

    /** What [write] kept; null if there is nothing, or the key that seals it is gone. */
    override fun read(): String? = unlocked {
        val key = key()
        if (key == null || !file.exists()) return null
        val sealed = file.readBytes()
        val cipher = Cipher.getInstance(TRANSFORMATION)
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, sealed, 0, IV_BYTES))
            cipher.doFinal(sealed, IV_BYTES, sealed.size - IV_BYTES).decodeToString()
        } catch (_: KeyPermanentlyInvalidatedException) {
            null
        } catch (_: AEADBadTagException) {
            // Sealed by a key that is gone: copied from another phone, or the Keystore was reset.
            null
        } catch (_: IllegalArgumentException) {
            // Too short to be anything this class wrote.
            null
        }
    }

    /** Seals it under the key, which is made if there is none, and keeps it in a file of this device only. */
    override fun write(secret: String): Unit = unlocked {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.ENCRYPT_MODE, key() ?: newKey())
        val fresh = File("${file.path}.new")
        fresh.outputStream().use {
            it.write(cipher.iv + cipher.doFinal(secret.encodeToByteArray()))
            it.fd.sync()
        }
        check(fresh.renameTo(file)) { "the secret could not be put in place" }
    }

    /** Deletes key and file. */
    override fun erase() {
        // The key first: without it the file is noise.
        keystore().deleteEntry(alias)
        file.delete()
    }

    private val alias = "org.roadbook.$name"

    private fun keystore(): KeyStore = KeyStore.getInstance(KEYSTORE).apply { load(null) }

    private fun key(): SecretKey? = keystore().getKey(alias, null) as SecretKey?

    private fun newKey(): SecretKey =
        KeyGenerator.getInstance(KEY_ALGORITHM_AES, KEYSTORE).run {
            init(
                KeyGenParameterSpec.Builder(alias, PURPOSE_ENCRYPT or PURPOSE_DECRYPT)
                    .setBlockModes(BLOCK_MODE_GCM)
                    .setEncryptionPaddings(ENCRYPTION_PADDING_NONE)
                    .build()
            )
            generateKey()
        }

    private inline fun <T> unlocked(call: () -> T): T {
        if (!context.getSystemService(UserManager::class.java).isUserUnlocked) throw SecretStore.LockedException()
        return try {
            call()
        } catch (locked: UserNotAuthenticatedException) {
            throw SecretStore.LockedException(locked)
        }
    }

    private companion object {
        const val KEYSTORE = "AndroidKeyStore"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val TAG_BITS = 128
        /** What the Keystore's GCM makes; it takes no other length. */
        const val IV_BYTES = 12
    }
}
