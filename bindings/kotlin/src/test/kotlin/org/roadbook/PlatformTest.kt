package org.roadbook

import java.io.File
import java.net.HttpURLConnection
import java.net.URI
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.io.TempDir

/** What a phone's platform brings: a key store, an HTTP stack, a logger, a scheduler. */
class PlatformTest {
    @TempDir lateinit var folder: File

    private class Keys : SecretStore {
        @Volatile var secret: String? = null
        @Volatile var locked = false
        @Volatile var broken = false

        override fun read(): String? {
            if (locked) throw SecretStore.LockedException()
            check(!broken) { "王's phone" }
            return secret
        }

        override fun write(secret: String) {
            this.secret = secret
        }

        override fun erase() {
            secret = null
        }
    }

    @Test
    fun `the token is sealed under a key that the key store has`(): Unit = runBlocking {
        Office(folder).use { office ->
            val keys = Keys()
            val roadbook = Roadbook.open(folder.resolve("phone"), secrets = keys)
            keys.locked = true
            val invitation = office.invitation(office.member("王", "rep"))
            assertFailsWith<RoadbookException.KeyLocked> { roadbook.enrol(invitation, "phone") }
            keys.locked = false
            roadbook.enrol(invitation, "phone")
            assertNotNull(keys.secret)
            assertTrue(roadbook.sync().finished)
            roadbook.pause()
            roadbook.resume()
            keys.broken = true
            roadbook.log(AccountDraft(name = "百草堂"))
            val failed = assertFailsWith<RoadbookException.KeyStore> { roadbook.sync() }
            assertFalse("王" in failed.message.orEmpty(), "an exception of the app's stays with the app")
            keys.broken = false
            assertEquals(1, roadbook.sync().sent)
            roadbook.close()
            Roadbook.open(folder.resolve("phone"), secrets = Keys()).use { restored ->
                assertFailsWith<RoadbookException.NotEnrolled> { restored.sync() }
                assertEquals(1, restored.list(Account).size)
            }
        }
    }

    @Test
    fun `a sync goes over the app's own HTTP stack, whichever process takes the answer in`(): Unit = runBlocking {
        Office(folder).use { office ->
            val roadbook = office.device(office.member("王", "rep"), "phone")
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            assertTrue(assertNotNull(roadbook.nextSync()) <= Instant.now())
            val request = roadbook.prepare()
            roadbook.close()
            val (status, encoding, answer) = send(request)
            Roadbook.open(folder.resolve("phone")).use { later ->
                val report = later.apply(request.body, status, encoding, answer)
                assertEquals(1, report.sent)
                assertEquals(LedgerState.ACCEPTED, later.ledger(account).single().state)
                assertEquals(0, later.apply(request.body, status, encoding, answer).requests, "an answer counts once")
                assertTrue(later.sync().finished)
                assertTrue(assertNotNull(later.nextSync()) > Instant.now() + Duration.ofMinutes(50))
                assertFailsWith<RoadbookException.Refused> {
                    later.apply(later.prepare().body, 200, null, byteArrayOf(7))
                }
            }
            Roadbook.open(folder.resolve("new")).use { assertNull(it.nextSync()) }
        }
    }

    private fun send(request: PreparedRequest): Triple<Int, String?, ByteArray> {
        val connection = URI(request.url).toURL().openConnection() as HttpURLConnection
        connection.requestMethod = "POST"
        request.headers.forEach(connection::setRequestProperty)
        connection.doOutput = true
        connection.outputStream.use { it.write(request.body) }
        return Triple(connection.responseCode, connection.contentEncoding, connection.inputStream.readBytes())
    }

    @Test
    fun `the core's log reaches the app's logger, whatever that throws, and names no customer`(): Unit = runBlocking {
        val lines = ConcurrentLinkedQueue<String>()
        assertTrue(
            Roadbook.setLog(LogLevel.DEBUG) { level, text ->
                lines += "$level $text"
                error("a logger that fails")
            }
        )
        assertFalse(Roadbook.setLog { _, _ -> })
        Office(folder).use { office ->
            val roadbook = office.device(office.member("王", "rep"), "phone")
            roadbook.log(AccountDraft(name = "百草堂"))
            office.kill()
            roadbook.startLive()
            val deadline = System.nanoTime() + 20_000_000_000
            while (lines.count { "sync waits" in it } < 2) {
                check(System.nanoTime() < deadline) { "no line came: $lines" }
                delay(20)
            }
            assertFalse(lines.any { "百草堂" in it }, "$lines")
            office.restart()
        }
    }
}
