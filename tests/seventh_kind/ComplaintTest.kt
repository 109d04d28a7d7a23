package org.roadbook

import java.io.File
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

@Timeout(60)
class ComplaintTest {
    @TempDir lateinit var folder: File

    @Test
    fun `a seventh kind is logged, listed, edited, synced and refused like the six`(): Unit = runBlocking {
        Office(folder).use { office ->
            val zhao = office.member("赵", "manager")
            val manager = office.device(zhao, "laptop")
            val rep = office.device(office.member("王", "rep", zhao), "phone")
            val account = rep.log(AccountDraft(name = "百草堂"))
            val draft =
                ComplaintDraft(
                    account = account,
                    subject = "包装破损",
                    state = ComplaintState.Open,
                    claim = Money(12_000, "CNY"),
                    lines = listOf(ComplaintLine(product = "血糖仪", quantity = 2)),
                    story = "外箱受潮。",
                )
            val id = rep.log(draft)
            rep.edit(rep.get(Complaint, id)) { state = ComplaintState.Settled }
            rep.sync()
            manager.sync()
            val query = Query(Complaint).where(Complaint.Fields.account eq account).ascending(Complaint.Fields.subject)
            val complaint = manager.list(query).single()
            assertEquals(id to ComplaintState.Settled, complaint.id to complaint.state)
            assertEquals(listOf("血糖仪" to 2L), complaint.lines.map { it.product to it.quantity })
            assertEquals(id, manager.search("糖仪").single().id)
            val refused = assertFailsWith<RoadbookException.Invalid> { rep.log(draft.copy(subject = "")) }
            assertEquals(Complaint.Fields.subject.name, refused.field)
            rep.close()
            manager.close()
        }
    }
}
