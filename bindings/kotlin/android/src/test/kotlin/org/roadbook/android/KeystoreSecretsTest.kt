package org.roadbook.android

import android.content.Context
import android.os.UserManager
import androidx.test.core.app.ApplicationProvider
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import kotlin.test.*
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.roadbook.SecretStore
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** The class is the real one; Robolectric has no Android Keystore, so that one's keys are made in software here. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], application = android.app.Application::class)
class KeystoreSecretsTest {
    private val context: Context = ApplicationProvider.getApplicationContext()
    private val secret = "0123456789abcdef".repeat(4)

    @Before
    fun install() {
        SoftwareKeystore.keys.clear()
        Security.addProvider(SoftwareKeystore())
    }

    @After fun remove() = Security.removeProvider("AndroidKeyStore")

    @Test
    fun `a secret is read back, sealed on disk, and gone after it is erased`() {
        val secrets = KeystoreSecrets(context)
        assertNull(secrets.read())
        secrets.write(secret)
        assertEquals(secret, KeystoreSecrets(context).read())
        val file = context.noBackupFilesDir.resolve("roadbook.secret")
        assertFalse(secret in file.readBytes().decodeToString())
        secrets.write(secret.reversed())
        assertEquals(secret.reversed(), secrets.read())
        secrets.erase()
        assertNull(secrets.read())
        assertFalse(file.exists())
        assertTrue(SoftwareKeystore.keys.isEmpty())
    }

    @Test
    fun `a file from another phone, or a torn one, is no secret`() {
        KeystoreSecrets(context).write(secret)
        SoftwareKeystore.keys.replaceAll { _, _ -> newKey() }
        assertNull(KeystoreSecrets(context).read())
        context.noBackupFilesDir.resolve("roadbook.secret").writeBytes(byteArrayOf(1, 2, 3))
        assertNull(KeystoreSecrets(context).read())
    }

    @Test
    fun `before the phone is unlocked it says so and loses nothing`() {
        val secrets = KeystoreSecrets(context)
        secrets.write(secret)
        val users = shadowOf(context.getSystemService(UserManager::class.java))
        users.setUserUnlocked(false)
        assertFailsWith<SecretStore.LockedException> { secrets.read() }
        assertFailsWith<SecretStore.LockedException> { secrets.write("other") }
        users.setUserUnlocked(true)
        assertEquals(secret, secrets.read())
    }

    @Test
    fun `two stores of one app keep their secrets apart`() {
        KeystoreSecrets(context, "one").write(secret)
        assertNull(KeystoreSecrets(context, "two").read())
    }
}

private fun newKey(): SecretKey = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()

/** A Java provider under the Keystore's name. */
internal class SoftwareKeystore : Provider("AndroidKeyStore", "1", "keys in memory, for tests") {
    init {
        put("KeyStore.AndroidKeyStore", Store::class.java.name)
        put("KeyGenerator.AES", Generator::class.java.name)
    }

    class Generator : KeyGeneratorSpi() {
        private lateinit var alias: String

        override fun engineInit(random: SecureRandom) = error("the Keystore wants a specification")

        override fun engineInit(keysize: Int, random: SecureRandom) = error("the Keystore wants a specification")

        override fun engineInit(params: AlgorithmParameterSpec, random: SecureRandom?) {
            alias = (params as android.security.keystore.KeyGenParameterSpec).keystoreAlias
        }

        override fun engineGenerateKey(): SecretKey = newKey().also { keys[alias] = it }
    }

    class Store : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? = keys[alias]

        override fun engineDeleteEntry(alias: String) {
            keys.remove(alias)
        }

        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

        override fun engineContainsAlias(alias: String): Boolean = alias in keys

        override fun engineAliases(): Enumeration<String> = Collections.enumeration(keys.keys)

        override fun engineSize(): Int = keys.size

        override fun engineIsKeyEntry(alias: String): Boolean = alias in keys

        override fun engineIsCertificateEntry(alias: String): Boolean = false

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

        override fun engineGetCertificate(alias: String): Certificate? = null

        override fun engineGetCreationDate(alias: String): Date? = null

        override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) =
            error("unused")

        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = error("unused")

        override fun engineSetCertificateEntry(alias: String, cert: Certificate) = error("unused")

        override fun engineGetCertificateAlias(cert: Certificate): String? = null

        override fun engineStore(stream: OutputStream, password: CharArray?) = error("unused")
    }

    companion object {
        val keys = HashMap<String, SecretKey>()
    }
}
