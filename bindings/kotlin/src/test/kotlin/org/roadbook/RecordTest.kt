package org.roadbook

import java.io.File
import java.time.Instant
import java.time.LocalDate
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

@Timeout(60)
class RecordTest {
    @TempDir lateinit var folder: File

    private fun withStore(test: suspend (Roadbook) -> Unit) = runBlocking { Roadbook.open(folder).use { test(it) } }

    @Test
    fun `a visit is logged and listed`() = withStore { roadbook ->
        val account = roadbook.log(AccountDraft(name = "东方纺织 Müller"))
        val at = Instant.ofEpochMilli(1_767_225_600_123)
        val visit =
            VisitDraft(
                account = account,
                mode = VisitMode.DoorVisit,
                purpose = "renewal",
                checkInAt = at,
                checkInPoint = GeoPoint(31.23, 121.47, 12.5),
                nextVisitOn = LocalDate.of(2026, 2, 28),
                participants = listOf(VisitParticipant("王", role = "buyer")),
                materials = setOf("b", "a"),
            )
        val id = roadbook.log(visit)
        val read = roadbook.list(Visit).single()
        assertEquals(id, read.id)
        assertEquals(visit.copy(participants = listOf(VisitParticipant("王", role = "buyer", key = "0"))), read.toDraft())
        assertEquals(java.time.ZoneId.systemDefault(), read.info.zone(Visit.Fields.checkInAt))
        assertEquals(null, read.info.zone(Visit.Fields.checkOutAt))
    }
}
