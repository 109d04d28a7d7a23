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

    @Test
    fun `a damaged store says so and is salvaged`() = runBlocking {
        Roadbook.open(folder).use { roadbook ->
            roadbook.log(AccountDraft(name = "百草堂"))
            roadbook.verify()
        }
        val file = File(folder, "roadbook.sqlite")
        file.writeBytes(file.readBytes().also { it[0] = 0 })
        assertFailsWith<RoadbookException.Damaged> { Roadbook.open(folder) }
        val salvaged = Roadbook.salvage(folder)
        assertEquals(listOf(1L, 1L, 0L), listOf(salvaged.records, salvaged.unsent, salvaged.lost.size.toLong()))
        assertTrue(salvaged.damaged.exists() && !salvaged.enrolled)
        Roadbook.open(folder).use { assertEquals("百草堂", it.list(Account).single().name) }
    }
}
