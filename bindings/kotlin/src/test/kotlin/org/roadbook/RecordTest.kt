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
        assertEquals(
            visit.copy(participants = listOf(VisitParticipant("王", role = "buyer", key = "0"))),
            read.toDraft(),
        )
        assertEquals(java.time.ZoneId.systemDefault(), read.info.zone(Visit.Fields.checkInAt))
        assertEquals(null, read.info.zone(Visit.Fields.checkOutAt))
    }

    @Test
    fun `a form's record has its id before it is saved, and only once`() = withStore { roadbook ->
        val id = RecordId.fresh()
        assertEquals(id, roadbook.log(TaskDraft(subject = "回电"), id))
        assertFailsWith<RoadbookException.Invalid> { roadbook.log(TaskDraft(subject = "再回电"), id) }
        assertEquals("回电", roadbook.list(TaskRecord).single().subject)
        val uuid = java.util.UUID.fromString(id.value)
        assertEquals(7 to 2, uuid.version() to uuid.variant())
        val minted = Instant.ofEpochMilli(uuid.mostSignificantBits ushr 16)
        assertTrue(java.time.Duration.between(minted, Instant.now()).abs().toSeconds() < 60, "$minted")
    }

    @Test
    fun `a form shows what it would break before it is saved`() = withStore { roadbook ->
        val account = roadbook.log(AccountDraft(name = "局"))
        val official =
            roadbook.log(
                ContactDraft(account = account, name = "周处", recipientClass = ContactRecipientClass.PublicOfficial)
            )
        val doctor =
            roadbook.log(
                ContactDraft(
                    account = account,
                    name = "陈医生",
                    recipientClass = ContactRecipientClass.HealthcareProfessional,
                )
            )
        val draft = GiftNoteDraft(account = account, item = "茶叶", recipient = official, value = Money(3_000, "USD"))
        assertTrue(roadbook.findings(draft).any { it.breach == "cap_per_gift" })
        assertEquals(emptyList(), roadbook.list(GiftNote))
        assertEquals(emptyList(), roadbook.findings())
        val small = roadbook.get(GiftNote, roadbook.log(draft.copy(value = Money(500, "USD"))))
        assertEquals(emptyList(), roadbook.findings(small, small.toDraft()))
        assertTrue(
            roadbook.findings(small, small.toDraft().apply { value = Money(3_000, "USD") }).any {
                it.breach == "cap_per_gift"
            }
        )
        assertFailsWith<RoadbookException.Blocked> { roadbook.findings(draft.copy(recipient = doctor)) }
        val invalid = assertFailsWith<RoadbookException.Invalid> { roadbook.findings(draft.copy(item = "茶\n叶")) }
        assertEquals("礼品只能写一行", invalid.problems.getValue("item").zh)
    }

    @Test
    fun `a field is called what people call it`() {
        assertEquals(Wording("Region", "区域"), Roadbook.label("region", "account"))
        assertEquals(Roadbook.label("competitors"), Roadbook.label("competitors[2].name", "account"))
        assertEquals(Wording("ports", "ports"), Roadbook.label("ports"))
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
