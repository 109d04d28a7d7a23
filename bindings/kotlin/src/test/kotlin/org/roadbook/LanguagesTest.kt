package org.roadbook

import java.io.File
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable
import org.junit.jupiter.api.io.TempDir

/** The manager's laptop is this one; the rep's phone is `LanguagesTests.swift`. Run by tests/languages. */
@Timeout(300)
@EnabledIfEnvironmentVariable(named = "LANGUAGES_OTHER", matches = ".+")
class LanguagesTest {
    @TempDir lateinit var folder: File
    private val today = LocalDate.of(2026, 11, 25)

    @Test
    fun `Kotlin and Swift edit the same records and say the same of them`(): Unit = runBlocking {
        Office(folder).use { office ->
            val zhao = office.member("赵经理", "manager")
            val wang = office.member("王", "rep", zhao)
            // The zone says on which day a visit is planned: both devices are of one office.
            val options = Options(zone = ZoneId.of("Asia/Shanghai"))
            Roadbook.open(folder.resolve("laptop"), options).use { roadbook ->
                roadbook.enrol(office.invitation(zhao), "laptop")
                roadbook.sync()
                val common = roadbook.books().single { it.common }.id
                roadbook.log(PlaybookDraft(title = "华东", settings = mapOf("cadence.3" to "4-6")), book = common)
                roadbook.sync()

                swift("begin", office.invitation(wang))
                roadbook.sync()
                val account = roadbook.list(Account).single()
                val task = roadbook.list(TaskRecord).single()
                val visits = roadbook.list(Visit)

                // Apart: what Swift writes next is written without having seen this, and the other way round.
                roadbook.edit(account, reason = "电话") {
                    region = "温州"
                    notes = "${account.notes}赵补充。"
                    competitors = account.competitors + AccountCompetitor("同仁", sharePercent = 30)
                    maturity = AccountMaturity.Maturity3
                }
                roadbook.edit(task) { subject = "赵：回电" }
                roadbook.delete(visits.first { it.purpose == "误录" }.id, reason = "重复")
                roadbook.log(gift(account.id, roadbook.list(Contact).single().id))
                swift("apart")
                roadbook.sync()
                swift("report")
                roadbook.sync()
                val clashing = compared(roadbook)
                assertEquals(setOf("region", "subject"), clashing.map { it.field }.toSet())
                for (conflict in clashing) assertEquals(2, conflict.sides.map { it.by }.toSet().size)

                swift("resolve")
                roadbook.sync()
                roadbook.restore(visits.first { it.purpose == "误录" }.id)
                roadbook.sync()
                swift("report")
                // One clash stays, so that there is one to compare.
                assertEquals(listOf("subject"), compared(roadbook).map { it.field })
                val resolved = roadbook.get(Account, account.id)
                assertEquals("温州" to "王：老客户。\n要发票赵补充。", resolved.region to resolved.notes)
                assertEquals(listOf("cap_per_year"), roadbook.findings().map { it.breach })
                assertEquals(3, resolved.competitors.size)
            }
        }
    }

    private fun gift(account: RecordId, recipient: RecordId) =
        GiftNoteDraft(
            account = account,
            item = "茶叶",
            recipient = recipient,
            quantity = 1,
            state = GiftNoteState.Given,
            value = Money(1_500, "USD"),
            givenAt = Instant.ofEpochSecond(1_795_000_000),
        )

    private suspend fun compared(roadbook: Roadbook): List<Conflict> {
        val (ours, theirs) = Report(roadbook).text(today) to shared.resolve("report").readText()
        val differ = ours.lines().zip(theirs.lines()).firstOrNull { (a, b) -> a != b }
        assertNull(differ, "Kotlin says: ${differ?.first}\nSwift says: ${differ?.second}")
        assertEquals(ours.length, theirs.length, "one of the two says more")
        assertContentEquals(ours.encodeToByteArray(), shared.resolve("report").readBytes())
        return roadbook.conflicts()
    }

    private fun swift(vararg turn: String) {
        shared.resolve("fields").apply { parentFile.mkdirs() }.writeText(Report.fields())
        val process = ProcessBuilder(other.path, "turn", *turn).redirectErrorStream(true).start()
        val said = process.inputStream.bufferedReader().readText()
        check(process.waitFor() == 0) { "Swift's turn ${turn.first()}: $said" }
        check("passed" in said) { "Swift's turn ${turn.first()} did not run: $said" }
    }

    private companion object {
        val other = File(System.getenv("LANGUAGES_OTHER") ?: "/")
        /** In the folder that Swift sees as its root. */
        val shared = other.resolve("../../bindings/swift/.build/languages").normalize()
    }
}
