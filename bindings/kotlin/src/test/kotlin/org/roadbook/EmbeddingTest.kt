package org.roadbook

import java.io.File
import java.net.HttpURLConnection
import java.net.URI
import kotlin.test.*
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** What stands between two marks stands in docs/EMBEDDING.md, word for word. */
@Timeout(60)
class EmbeddingTest {
    @TempDir lateinit var folder: File

    private class Row(val id: String, val name: String, val city: String?)

    private object InMemory : SecretStore {
        private var secret: String? = null

        override fun read() = secret

        override fun write(secret: String) {
            this.secret = secret
        }

        override fun erase() {
            secret = null
        }
    }

    @Test
    fun `the lines in the guide run`(): Unit = runBlocking {
        Office(folder).use { office ->
            val invitation = office.invitation(office.member("王", "rep"))
            val secrets = InMemory
            val said = mutableListOf<String>()
            fun tell(words: String) = said.add(words)
            // EMBEDDING
            val roadbook = Roadbook.open(folder.resolve("roadbook"), secrets = secrets)
            val account = roadbook.log(AccountDraft(name = "百草堂")) // works before the device is enrolled
            if (roadbook.identity() == null) roadbook.enrol(invitation, deviceName = "王的手机")
            try {
                val report = roadbook.sync(deadline = 20.seconds)
                when (report.stopped) {
                    null -> if (!report.finished) tell("the rest comes with the next sync")
                    StopReason.UNAUTHORISED -> tell("ask for a new invitation")
                    StopReason.UPGRADE_REQUIRED -> tell("update the app")
                    StopReason.RETIRED,
                    StopReason.WIPED -> tell("this phone was ended")
                }
            } catch (offline: RoadbookException.Offline) {
                tell(offline.words.zh) // nothing is lost
            } catch (busy: RoadbookException.Busy) {
                tell("again in ${busy.retryAfter}")
            }
            val state = roadbook.ledger(account).last().state // ACCEPTED: durable on the relay
            // EMBEDDING
            assertEquals(LedgerState.ACCEPTED to emptyList<String>(), state to said)

            val rows = List(1_500) { Row("$it", "客户 $it", "杭州".takeIf { _ -> it % 2 == 0 }) }
            repeat(2) {
                // EMBEDDING
                for (page in rows.chunked(1_000)) { // each page is one durable transaction
                    val new = page.filter {
                        roadbook.count(Query(Account).where(Account.Fields.outsideId eq it.id)) == 0L
                    }
                    val drafts = new.map { AccountDraft(name = it.name, region = it.city, outsideId = it.id) }
                    roadbook.logAll(drafts, reason = "from the app's own table")
                }
                // EMBEDDING
            }
            assertEquals(1_501, roadbook.count(Query(Account)))

            for (known in listOf(true, false)) {
                if (!known) {
                    office.kill()
                    folder.resolve("relay").deleteRecursively()
                    office.restart() // it knows nobody, and answers 401
                }
                overOwnHttp(roadbook)
                assertEquals(if (known) null else StopReason.UNAUTHORISED, roadbook.endedBecause())
            }
            assertFalse(roadbook.hasUnsentWork())
            assertEquals(1, roadbook.observe(Query(Account).where(Account.Fields.outsideId eq "7")).first().size)
            roadbook.close()
        }
    }

    private suspend fun overOwnHttp(roadbook: Roadbook) {
        // EMBEDDING
        do {
            val request = roadbook.prepare()
            val connection = URI(request.url).toURL().openConnection() as HttpURLConnection
            connection.requestMethod = "POST"
            connection.doOutput = true
            request.headers.forEach(connection::setRequestProperty)
            connection.outputStream.use { it.write(request.body) }
            val (status, encoding) = connection.responseCode to connection.contentEncoding
            // `inputStream` throws from 400 on, and `apply` wants to see those answers, too.
            val answer = if (status < 400) connection.inputStream else connection.errorStream
            val report = roadbook.apply(request.body, status, encoding, answer?.readBytes() ?: byteArrayOf())
        } while (!report.finished && report.stopped == null)
        // EMBEDDING
    }
}
