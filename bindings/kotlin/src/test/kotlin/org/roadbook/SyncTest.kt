package org.roadbook

import app.cash.turbine.test
import java.io.File
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneOffset
import kotlin.random.Random
import kotlin.test.*
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** A rep and her manager, each with a phone, and a relay process between them. */
@Timeout(120)
class SyncTest {
    @TempDir lateinit var folder: File
    private lateinit var office: Office
    private lateinit var manager: Roadbook
    private lateinit var rep: Roadbook

    @BeforeEach
    fun open(): Unit = runBlocking {
        office = Office(folder)
        val zhao = office.member("赵经理", "manager")
        val wang = office.member("王", "rep", zhao)
        manager = office.device(zhao, "laptop")
        rep = office.device(wang, "phone")
    }

    @AfterEach
    fun close() {
        rep.close()
        manager.close()
        office.close()
    }

    private suspend fun everyoneSyncs() {
        for (device in listOf(rep, manager, rep)) assertTrue(device.sync().finished)
    }

    @Test
    fun `a visit logged offline reaches the manager and is known to be delivered`(): Unit = runBlocking {
        office.kill()
        val account = rep.log(AccountDraft(name = "百草堂"))
        val visit = rep.log(VisitDraft(account = account, mode = VisitMode.DoorVisit, purpose = "新品演示"))
        assertFailsWith<RoadbookException.Offline> { rep.sync() }
        assertEquals(LedgerState.SAVED, rep.ledger(visit).single().state)
        assertTrue(rep.hasUnsentWork())
        office.restart()

        assertEquals(2, rep.sync().sent)
        assertEquals(LedgerState.ACCEPTED, rep.ledger(visit).single().state)
        manager.sync()
        val seen = manager.get(Visit, visit)
        assertEquals(rep.get(Visit, visit).toDraft(), seen.toDraft())
        assertEquals(rep.identity()?.member, seen.info.createdBy)
        rep.sync()
        val entry = rep.ledger(visit).single()
        assertEquals(LedgerState.DELIVERED, entry.state)
        assertEquals(setOf(manager.identity()?.member), entry.deliveredTo.keys)
        assertFalse(rep.hasUnsentWork())
    }

    @Test
    fun `a device holds the books it chooses`(): Unit = runBlocking {
        val account = rep.log(AccountDraft(name = "百草堂"))
        everyoneSyncs()
        val common = manager.books().single { it.common }.id
        assertNull(manager.subscription())
        manager.subscribe(listOf(common))
        assertEquals(listOf(common), manager.subscription())
        assertEquals(1, manager.list(Query(Account)).size, "the relay has not said yet that it has it")
        rep.log(AccountDraft(name = "德仁堂"))
        everyoneSyncs()
        assertEquals(emptyList(), manager.list(Query(Account)))
        manager.subscribe(null)
        manager.sync()
        assertEquals(2, manager.list(Query(Account)).size)
        assertEquals("百草堂", manager.get(Account, account).name)
    }

    @Test
    fun `what waits is told record by record, and why`(): Unit = runBlocking {
        Roadbook.open(folder.resolve("new")).use { new ->
            val task = new.log(TaskDraft(subject = "回电"))
            assertEquals(listOf(task to UnsentReason.NOT_ENROLLED), new.unsent().map { it.record to it.because })
        }
        office.kill()
        val before = Instant.now().minusSeconds(1)
        val account = rep.log(AccountDraft(name = "百草堂"))
        rep.edit(rep.get(Account, account)) { region = "宁波" }
        val visit = rep.log(VisitDraft(account = account))
        rep.startLive()
        val offline =
            withTimeout(20.seconds) {
                rep.observeUnsent().first { all -> all.all { it.because == UnsentReason.OFFLINE } }
            }
        assertIs<RoadbookException.Offline>(assertIs<SyncState.Waiting>(rep.syncState.first()).because)
        assertEquals(listOf(account to 2L, visit to 1L), offline.map { it.record to it.changes })
        val first = offline.first()
        assertEquals<Any?>(listOf("account", 0L, null), listOf(first.kind, first.decisions, first.code))
        assertTrue(checkNotNull(first.since) in before..Instant.now())
        assertEquals(listOf(visit), rep.unsent(limit = 1, offset = 1).map { it.record })
        office.restart()
        rep.nudge()
        withTimeout(20.seconds) { rep.observeUnsent().first { it.isEmpty() } }
        rep.stopLive()
    }

    @Test
    fun `a clock at which the relay's certificate is not valid is told, and nothing is lost`(): Unit = runBlocking {
        val invitation = office.invitation(office.member("李", "rep")).replace("http://", "https://")
        for ((from, isRight) in listOf("-2y" to false, "+1y" to false, "-1d" to true)) {
            val certificate = Certificate(folder, from)
            office.kill()
            office.restart(certificate = certificate)
            val options = Options(extraRoots = certificate.chain.readText())
            Roadbook.open(folder.resolve("secure"), options).use { phone ->
                phone.log(AccountDraft(name = "百草堂"))
                if (isRight) {
                    phone.enrol(invitation, "new")
                    assertTrue(phone.sync().finished)
                    assertFalse(phone.hasUnsentWork())
                } else {
                    val wrong = assertFailsWith<RoadbookException.WrongClock> { phone.enrol(invitation, "new") }
                    val today = LocalDate.now(ZoneOffset.UTC).toString()
                    for (words in listOf(wrong.words.en, wrong.words.zh)) assertContains(words, today)
                    assertContains(wrong.words.en, "set the clock")
                    assertContains(wrong.words.zh, "校准")
                }
            }
        }
    }

    @Test
    fun `a device that was wiped says so after a restart, until it is enrolled again`(): Unit = runBlocking {
        rep.log(AccountDraft(name = "百草堂"))
        rep.sync()
        assertNull(rep.endedBecause())
        val wang = checkNotNull(rep.identity()).member.value
        office.order(wang, "wipe")
        assertEquals(StopReason.WIPED, rep.sync().stopped)
        rep.close()
        rep = Roadbook.open(folder.resolve("phone"))
        assertEquals(StopReason.WIPED, rep.endedBecause())
        assertEquals(StopReason.WIPED, rep.observeEnded().first())
        rep.enrol(office.invitation(wang), "phone")
        assertNull(rep.endedBecause())
    }

    @Test
    fun `a wipe gives up nothing unawares and leaves an empty store`(): Unit = runBlocking {
        rep.startLive()
        rep.sync()
        office.kill()
        rep.log(AccountDraft(name = "百草堂"))
        assertEquals(1, assertFailsWith<RoadbookException.Unsent> { rep.wipe() }.records)
        assertEquals(1, rep.count(Query(Account)))
        rep.wipe(giveUpUnsent = true)
        assertNull(rep.identity())
        assertEquals(0, rep.count(Query(Account)))
        rep.log(AccountDraft(name = "回春堂"))
        assertEquals(UnsentReason.NOT_ENROLLED, rep.unsent().single().because)
    }

    @Test
    fun `both edit one account, what merges merges, what clashes stays readable until resolved`(): Unit = runBlocking {
        val id = rep.log(AccountDraft(name = "百草堂", region = "杭州", notes = "老客户。"))
        everyoneSyncs()
        rep.edit(rep.get(Account, id)) {
            region = "宁波"
            industry = "零售"
            notes = "王：老客户。"
        }
        manager.edit(manager.get(Account, id), reason = "电话") {
            region = "温州"
            notes = "老客户。赵补充。"
        }
        everyoneSyncs()
        for (device in listOf(rep, manager)) {
            val account = device.get(Account, id)
            assertEquals("零售" to "王：老客户。赵补充。", account.industry to account.notes)
            assertEquals(1, account.info.conflicts)
            val conflict = device.conflicts(id).single()
            assertEquals(Account.Fields.region.name, conflict.field)
            val sides = conflict.sides.associate { it.by to it.wrote }
            val expected =
                mapOf(
                    rep.identity()?.member to Conflict.Wrote.Put(Value.Text("宁波")),
                    manager.identity()?.member to Conflict.Wrote.Put(Value.Text("温州")),
                )
            assertEquals<Map<MemberId?, Conflict.Wrote>>(expected, sides)
        }
        val conflict = manager.conflicts().single()
        manager.resolve(conflict, conflict.sides.single { it.by == rep.identity()?.member }, "问过客户")
        everyoneSyncs()
        for (device in listOf(rep, manager)) {
            assertEquals(emptyList(), device.conflicts())
            assertEquals("宁波", device.get(Account, id).region)
        }
        assertEquals("问过客户", rep.history(id).last { it.field == "region" }.because)
    }

    @Test
    fun `a manager sees whose a next action is`(): Unit = runBlocking {
        rep.log(AccountDraft(name = "百草堂", maturity = AccountMaturity.Maturity3))
        rep.log(TaskDraft(subject = "报价", dueOn = LocalDate.now(), assignee = manager.identity()?.member))
        everyoneSyncs()
        val owners = manager.nextActions(LocalDate.now().plusDays(60)).associate { it.source to it.owner }
        val expected = mapOf(Source.CADENCE to rep.identity()?.member, Source.TASK to manager.identity()?.member)
        assertEquals(expected, owners)
    }

    @Test
    fun `a form opened before a merge overwrites nothing`(): Unit = runBlocking {
        val id = rep.log(AccountDraft(name = "百草堂", region = "杭州"))
        everyoneSyncs()
        val opened = rep.get(Account, id)
        manager.edit(manager.get(Account, id)) { website = "example.com" }
        everyoneSyncs()
        assertTrue(rep.edit(opened, opened.toDraft().copy(region = "宁波")))
        assertFalse(rep.edit(opened, opened.toDraft()))
        val account = rep.get(Account, id)
        assertEquals("example.com" to "宁波", account.website to account.region)
        assertEquals(0, account.info.conflicts)
    }

    @Test
    fun `flows show what a colleague did, live`(): Unit = runBlocking {
        val account = rep.log(AccountDraft(name = "百草堂"))
        everyoneSyncs()
        rep.startLive()
        manager.startLive()
        val visits = Query(Visit).where(Visit.Fields.account eq account).ascending(Visit.Fields.purpose)
        manager.observe(visits).test(timeout = 20.seconds) {
            assertEquals(emptyList(), awaitItem())
            val id = rep.log(VisitDraft(account = account, purpose = "新品演示"))
            assertEquals(listOf("新品演示"), awaitItem().map { it.purpose })
            rep.log(TaskDraft(subject = "回电"))
            rep.edit(rep.get(Visit, id)) { outcome = "签约" }
            assertEquals(listOf("签约"), awaitItem().map { it.outcome })
            rep.delete(id, "误录")
            assertEquals(emptyList(), awaitItem())
        }
        val ledger = rep.observeLedger(account)
        withTimeout(20.seconds) { ledger.first { it.single().state == LedgerState.DELIVERED } }
        withTimeout(20.seconds) { rep.syncState.first { it == SyncState.Idle } }
        rep.stopLive()
        manager.stopLive()
    }

    @Test
    fun `a paused store lets go of its file, and flows and live sync go on after it is resumed`(): Unit = runBlocking {
        val account = rep.log(AccountDraft(name = "百草堂"))
        everyoneSyncs()
        rep.startLive()
        rep.observe(Account, account).test(timeout = 20.seconds) {
            assertEquals("百草堂", awaitItem()?.name)
            rep.pause()
            assertTrue(rep.isPaused)
            assertFailsWith<RoadbookException.Paused> { rep.log(TaskDraft(subject = "回电")) }
            assertFailsWith<RoadbookException.Paused> { rep.sync() }
            assertEquals(emptyList(), openFilesUnder(folder.resolve("phone")))
            manager.edit(manager.get(Account, account)) { region = "宁波" }
            manager.sync()
            expectNoEvents()
            rep.resume()
            assertEquals("宁波", awaitItem()?.region)
        }
    }

    @Test
    fun `a resume that is cancelled midway is whole, and flows go on`(): Unit = runBlocking {
        val account = rep.log(AccountDraft(name = "百草堂"))
        repeat(5) {
            rep.pause()
            val seen = async { rep.observe(Account, account).first() }
            delay(50.milliseconds) // it has met the paused store, and waits
            launch(start = CoroutineStart.UNDISPATCHED) { rep.resume() }.cancelAndJoin()
            assertFalse(rep.isPaused)
            assertEquals("百草堂", withTimeout(20.seconds) { seen.await() }?.name)
        }
    }

    @Test
    fun `a cancelled save is whole or absent, and what was acknowledged is there`(): Unit = runBlocking {
        val random = Random(7)
        val acknowledged = mutableListOf<RecordId>()
        repeat(60) { round ->
            val save = launch { acknowledged += rep.logAll(List(3) { TaskDraft(subject = "$round.$it") }) }
            delay(random.nextLong(0, 6).milliseconds)
            save.cancelAndJoin()
        }
        // A save that had begun ends by itself; the store's one writer orders it before this one.
        acknowledged += rep.log(TaskDraft(subject = "last"))
        everyoneSyncs()
        for (device in listOf(rep, manager)) {
            val tasks = device.list(Query(TaskRecord).page(1000))
            assertTrue(tasks.map { it.id }.containsAll(acknowledged))
            val byRound = tasks.filter { it.subject != "last" }.groupBy { it.subject.substringBefore('.') }
            assertTrue(byRound.values.all { it.size == 3 }, "a transaction was cut: $byRound")
        }
    }

    @Test
    fun `a cancelled sync loses nothing`(): Unit = runBlocking {
        val ids = mutableListOf<RecordId>()
        val took =
            (0 until 12).mapNotNull { round ->
                ids += rep.logAll(List(80) { TaskDraft(subject = "任务 $round.$it", notes = "x".repeat(500)) })
                val sync = async { rep.sync() }
                delay((round * 2L).milliseconds)
                val cancelled = TimeSource.Monotonic.markNow()
                sync.cancel()
                val ended = runCatching { sync.await() }.exceptionOrNull()
                assertTrue(ended == null || ended is CancellationException, "$ended")
                cancelled.elapsedNow().takeIf { ended != null }
            }
        val (median, most) = took.sorted()[took.size / 2] to took.max()
        println("${took.size} cancelled syncs returned after $median (median), $most at most")
        everyoneSyncs()
        assertEquals(ids.toSet(), manager.list(Query(TaskRecord).page(1000)).map { it.id }.toSet())
        assertEquals(0, rep.status().unsent)
        assertEquals(rep.list(Query(TaskRecord).page(1000)).toSet().size, ids.size)
    }

    @Test
    fun `gifts that stay under a yearly cap apart break it together, and everyone sees that`(): Unit = runBlocking {
        val account = rep.log(AccountDraft(name = "百草堂"))
        val recipient = rep.log(ContactDraft(name = "周总", account = account))
        everyoneSyncs()
        // The playbook's default for everyone is 25 USD a year (26 CFR 1.274-3).
        val gift =
            GiftNoteDraft(
                account = account,
                item = "茶叶",
                recipient = recipient,
                state = GiftNoteState.Given,
                value = Money(1_500, "USD"),
                givenAt = Instant.now(),
            )
        val notes = setOf(rep.log(gift), manager.log(gift))
        assertEquals(emptyList(), rep.findings(recipient) + manager.findings(recipient))
        everyoneSyncs()
        for (device in listOf(rep, manager)) {
            val finding = device.findings(recipient).single()
            assertEquals("cap_per_year", finding.breach)
            assertEquals(Money(3_000, "USD"), finding.total)
            assertEquals(notes, finding.notes.toSet())
        }
    }

    @Test
    fun `errors are typed and change nothing`(): Unit = runBlocking {
        val invalid = assertFailsWith<RoadbookException.Invalid> { rep.log(TaskDraft(subject = "")) }
        assertEquals("subject", invalid.field)
        assertEquals(setOf("subject"), invalid.problems.keys)
        assertNotEquals(invalid.words.en, invalid.words.zh)
        assertFailsWith<RoadbookException.Invalid> { rep.log(TaskDraft(subject = "half \uD83D a pair")) }
        assertEquals(0, rep.count(Query(TaskRecord)))

        val nowhere = RecordId("01900000-0000-7000-8000-000000000000")
        assertEquals(nowhere, assertFailsWith<RoadbookException.NotFound> { rep.get(Account, nowhere) }.record)
        assertFailsWith<RoadbookException.NotFound> { rep.history(nowhere) }

        val used = office.invitation(office.member("李", "rep"))
        Roadbook.open(folder.resolve("other")).use { other ->
            assertFailsWith<RoadbookException.NotEnrolled> { other.sync() }
            assertFailsWith<RoadbookException.Invitation> { other.enrol("no invitation", "other") }
            other.log(TaskDraft(subject = "logged before enrolment"))
            other.enrol(used, "other")
            assertFailsWith<RoadbookException.AlreadyEnrolled> { other.enrol(used, "other") }
            assertEquals(1, other.sync().sent)
        }
        Roadbook.open(folder.resolve("third")).use { third ->
            assertFailsWith<RoadbookException.Invitation> { third.enrol(used, "third") }
            assertNull(third.identity())
        }
        rep.close()
        assertFailsWith<RoadbookException.Closed> { rep.status() }
    }

    private fun openFilesUnder(folder: File): List<String> =
        checkNotNull(File("/proc/self/fd").listFiles())
            .mapNotNull { runCatching { it.toPath().toRealPath().toString() }.getOrNull() }
            .filter { it.startsWith(folder.path + File.separator) }
}
