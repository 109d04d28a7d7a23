package org.roadbook

import java.io.File
import java.time.LocalDate
import kotlin.test.*
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** The lines between the two marks stand in README.md, word for word. */
@Timeout(60)
class ReadmeTest {
    @TempDir lateinit var folder: File

    @Test
    fun `the lines in the README run`(): Unit = runBlocking {
        Office(folder).use { office ->
            val manager = office.member("赵经理", "manager")
            val invitation = office.invitation(office.member("王", "rep", manager))
            // README
            val roadbook = Roadbook.open(folder.resolve("roadbook"))
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            val id = roadbook.log(VisitDraft(account, purpose = "新品演示", nextVisitOn = LocalDate.of(2026, 12, 1)))
            val visit = roadbook.get(Visit, id)
            roadbook.edit(visit) { outcome = "下周签约" } // only this field is written
            val visits = roadbook.observe(Query(Visit).where(Visit.Fields.account eq account)) // a Flow<List<Visit>>
            roadbook.enrol(invitation, deviceName = "王的手机") // once; all of the above needs no network
            val report = roadbook.sync(deadline = 20.seconds)
            for (conflict in roadbook.conflicts()) roadbook.resolve(conflict, conflict.sides.first())
            roadbook.pause() // the app goes to the background
            // README
            assertTrue(report.finished)
            roadbook.resume()
            assertEquals("下周签约", visits.first().single().outcome)
            roadbook.close()
        }
    }
}
