package org.roadbook.sample

import java.io.File
import java.time.LocalDate
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.roadbook.*

/** What `./shrink` runs after R8: records, values, errors, callbacks and flows across the border. */
fun main(arguments: Array<String>) = runBlocking {
    val folder = File(arguments.single())
    Roadbook.open(folder).use { roadbook ->
        val account = roadbook.log(AccountDraft("百草堂", tags = setOf("new"), maturity = AccountMaturity.Maturity3))
        val visit =
            roadbook.log(VisitDraft(account, purpose = "demonstration", checkInPoint = GeoPoint(30.0, 120.0, 5.0)))
        check(roadbook.edit(roadbook.get(Visit, visit)) { outcome = "signed" })
        val seen = roadbook.observe(Query(Visit).where(Visit.Fields.account eq account)).first().single()
        check(seen.outcome == "signed" && seen.checkInPoint?.accuracy == 5.0)
        check(roadbook.search("百草").single().id == account)
        roadbook.log(TaskDraft(subject = "call back", dueOn = LocalDate.now(), status = TaskStatus.Open))
        val next = roadbook.nextActions()
        check(next.any { it.source == Source.TASK && it.urgency == Urgency.DUE }) { "$next" }
        check(roadbook.history(account).any { it.field == "name" }) { "${roadbook.history(account)}" }
        val state = roadbook.syncState.first()
        check(state == SyncState.Idle) { "$state" }
        val refused = runCatching { roadbook.log(TaskDraft(subject = "")) }.exceptionOrNull()
        check(refused is RoadbookException.Invalid && refused.field == "subject") { "$refused" }
        check(runCatching { roadbook.sync() }.exceptionOrNull() is RoadbookException.NotEnrolled)
    }
}
