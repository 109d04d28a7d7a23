package org.roadbook.sample

import android.graphics.Bitmap
import androidx.compose.ui.graphics.asAndroidBitmap
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasAnyDescendant
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasScrollAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.isPopup
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.junit4.v2.createEmptyComposeRule
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performSemanticsAction
import androidx.compose.ui.test.performTextReplacement
import androidx.lifecycle.Lifecycle
import androidx.test.core.app.ActivityScenario
import androidx.test.core.app.ApplicationProvider
import androidx.work.testing.WorkManagerTestInitHelper
import java.io.File
import java.io.RandomAccessFile
import java.time.LocalDate
import kotlin.test.assertEquals
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Before
import org.junit.Rule
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.roadbook.*
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The app on phones of several people, driven as they would: by what is to be read, tapped and typed. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], qualifiers = "en-rUS-w411dp-h891dp-xhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
abstract class AppTest {
    @get:Rule val ui = createEmptyComposeRule()
    @get:Rule val folder = TemporaryFolder()
    protected val app: SampleApp
        get() = ApplicationProvider.getApplicationContext()

    internal val office by lazy { Office(folder.newFolder("office")).also { offices += it } }
    private val offices = mutableListOf<Office>()
    private var activity: ActivityScenario<MainActivity>? = null

    @Before fun workManager() = WorkManagerTestInitHelper.initializeTestWorkManager(app)

    @After
    fun end() {
        putDown()
        offices.forEach(Office::close)
    }

    /** The store of the phone at hand. */
    protected val roadbook: Roadbook
        get() = runBlocking {
            checkNotNull(app.phone.opened()) { "the store does not open: ${app.phone.stored.value}" }
        }

    protected fun home(name: String): File = folder.root.resolve("phone-$name")

    protected fun phone(name: String) = Phone(app, home(name), secrets.getOrPut(name, ::Secrets), { today })

    /** The day it is on every phone. */
    protected var today: LocalDate = LocalDate.now()

    /** There is no Android Keystore here; the real one's class has a test of its own. */
    private class Secrets : SecretStore {
        private var secret: String? = null

        override fun read(): String? = secret

        override fun write(secret: String) {
            this.secret = secret
        }

        override fun erase() {
            secret = null
        }
    }

    private val secrets = HashMap<String, Secrets>()

    /** Takes up a phone: the process starts, the app opens. */
    protected fun pickUp(name: String) {
        putDown()
        app.phone.close()
        app.phone = phone(name)
        activity = ActivityScenario.launch(MainActivity::class.java)
    }

    /**
     * The process ends while the app is in front, and starts again: nothing is told to the app, and what was under way
     * ends with it. The store is closed, as no kill would: `ProcessTest` of the package kills processes.
     */
    protected fun restart(name: String) {
        app.phone.scope.cancel()
        app.phone.close()
        app.phone = phone(name)
        activity?.close()
        activity = ActivityScenario.launch(MainActivity::class.java)
    }

    protected fun putDown() {
        leave()
        app.phone.close()
    }

    /** The app is left, its process stays. */
    protected fun leave() {
        activity?.close()
        activity = null
    }

    /** Another app is in front for a while. */
    protected fun lookAway(meanwhile: () -> Unit) {
        activity?.moveToState(Lifecycle.State.CREATED)
        meanwhile()
        activity?.moveToState(Lifecycle.State.RESUMED)
    }

    /** The system recreates the activity, as for a rotation. */
    protected fun rotate() {
        activity?.recreate()
    }

    protected fun allowLocation() = Shadows.shadowOf(app).grantPermissions(*Positions.PERMISSIONS)

    protected fun words(id: Int, vararg values: Any): String = app.getString(id, *values)

    /** Waits until something is to be read. */
    protected fun see(text: String) = waitFor(text) { find(text).isNotEmpty() }

    protected fun see(id: Int, vararg values: Any) = see(words(id, *values))

    protected fun seeNot(text: String) = waitFor("no $text") { find(text).isEmpty() }

    /** Waits until a part of a text is to be read. */
    protected fun seePart(text: String) =
        waitFor(text) { ui.onAllNodes(hasText(text, substring = true)).fetchSemanticsNodes().isNotEmpty() }

    protected fun waitFor(what: String, condition: () -> Boolean) {
        try {
            ui.waitUntil(PATIENCE_MILLIS) { condition() }
        } catch (late: androidx.compose.ui.test.ComposeTimeoutException) {
            throw AssertionError("waited in vain for: $what; to be read: ${readable()}", late)
        }
    }

    /**
     * Taps what says this, after scrolling to it: itself, not the place where it is, as lines move while those above
     * them are read.
     */
    protected fun tap(text: String) =
        reaching("$text, to be tapped", acts(text) and isEnabled()) { performSemanticsAction(SemanticsActions.OnClick) }

    protected fun tap(id: Int, vararg values: Any) = tap(words(id, *values))

    /** Brings what says this into sight. */
    protected fun show(text: String) = reaching(text, hasText(text)) {}

    /** Types into the field with this tag. */
    protected fun type(tag: String, text: String) =
        reaching("a field $tag", hasTestTag(tag) and hasSetTextAction()) { performTextReplacement(text) }

    /**
     * Waits until something is there and can be touched, after scrolling to it: a list that is read anew may take a row
     * away between finding and touching it.
     */
    private fun reaching(what: String, matcher: SemanticsMatcher, act: SemanticsNodeInteraction.() -> Unit) {
        var gone: AssertionError? = null
        try {
            waitFor(what) {
                reach(matcher) &&
                    try {
                        ui.onAllNodes(matcher).onFirst().also(::scroll).act()
                        true
                    } catch (e: AssertionError) {
                        gone = e
                        false
                    }
            }
        } catch (late: AssertionError) {
            gone?.let(late::addSuppressed)
            throw late
        }
    }

    protected fun acts(text: String): SemanticsMatcher =
        (hasText(text) or hasContentDescription(text)) and hasClickAction() and !hasSetTextAction()

    protected fun enrol(invitation: String) {
        tap(R.string.settings)
        tap(R.string.enrol)
        type("invitation", invitation)
        tap(R.string.enrol)
    }

    /** Enrols the phone at hand and waits until it says so. */
    protected fun enrolAs(member: String) {
        enrol(office.invitation(member))
        see(R.string.sync_switch)
        syncNow()
        tap(R.string.today)
    }

    protected fun newAccount(name: String) {
        tap(R.string.new_account)
        type("name", name)
        save()
        see(R.string.history_show)
    }

    /** Saves a form and waits until it is gone: what was typed is to be read in it, too. */
    protected fun save() {
        tap(R.string.save)
        waitFor("the end of the form") { ui.onAllNodes(acts(words(R.string.save))).fetchSemanticsNodes().isEmpty() }
    }

    /** Makes the phone at hand and a colleague's laptop change one account's region without knowing of each other. */
    protected fun clash(colleague: String, name: String = "百草堂") = runBlocking {
        office.device(colleague, "laptop for $name").use { other ->
            val id = roadbook.log(AccountDraft(name, region = "Hangzhou"))
            syncNow()
            other.sync()
            val opened = roadbook.get(Account, id)
            other.edit(other.get(Account, id)) { region = "Wenzhou" }
            other.sync()
            roadbook.edit(opened) { region = "Ningbo" }
            syncNow()
        }
    }

    /**
     * Hands an account over to the phone at hand, and returns the store of "old", the old rep's, which has logged a
     * visit since.
     */
    protected fun handOver(from: String, to: String): Roadbook = runBlocking {
        val old = checkNotNull(phone("old").opened())
        old.enrol(office.invitation(from), "old")
        val account = old.log(AccountDraft("同济药房"))
        old.sync()
        office.move(account.value, from, to)
        old.log(VisitDraft(account, purpose = "late visit"))
        old.sync()
        syncNow()
        old
    }

    /** The drafts on Wang's disk; one that is just being written may be gone before anyone could read it. */
    protected fun drafts(): List<File> =
        home("wang").resolve("drafts").listFiles().orEmpty().filterNot { it.extension == "new" }

    /** Waits until what was typed is on disk. */
    protected fun waitForDraft() = waitFor("the draft on disk") { drafts().isNotEmpty() }

    /** The words in the language of the phones. */
    protected fun Wording.said(): String = on(app.resources.configuration.locales[0])

    /** A phone's store and drafts are on a small disk of their own, mounted with these options. */
    protected fun onSmallDisk(name: String, options: String, use: (File) -> Unit) {
        val disk = home(name).apply { mkdirs() }
        val mounted =
            ProcessBuilder("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.path).inheritIO().start().waitFor()
        assertEquals(0, mounted, "a full disk needs the right to mount")
        try {
            use(disk)
        } finally {
            putDown()
            ProcessBuilder("umount", "-l", disk.path).start().waitFor()
        }
    }

    /** Leaves a disk no room. Deleting what is returned makes some. */
    protected fun fillUp(disk: File): File =
        disk.resolve("filler").also { filler ->
            filler.outputStream().use { out -> runCatching { while (true) out.write(ByteArray(4096)) } }
        }

    /** Makes the store of a phone that is put down one of a later version while something is done. */
    protected fun ofALaterVersion(name: String, meanwhile: () -> Unit) {
        val version = sql(name, "PRAGMA user_version")
        sql(name, "PRAGMA user_version = 99", "CREATE TABLE of_later (what TEXT)")
        meanwhile()
        putDown()
        sql(name, "PRAGMA user_version = $version", "DROP TABLE of_later")
    }

    /**
     * What the last statement answers. Robolectric's own SQLite is another program's; Python's opens any file, its log
     * included.
     */
    private fun sql(name: String, vararg statements: String): String {
        val script =
            "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\n" +
                "for s in sys.argv[2:]: row = db.execute(s).fetchone()\ndb.close()\nprint(row[0] if row else '')"
        val python =
            ProcessBuilder("python3", "-c", script, store(name).path, *statements)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
        val answer = python.inputStream.readBytes().decodeToString().trim()
        assertEquals(0, python.waitFor())
        return answer
    }

    /** Takes up a phone whose store is then found damaged while it is used. */
    protected fun pickUpDamaged(name: String) {
        pickUp(name)
        runBlocking {
            roadbook.log(AccountDraft("百草堂"))
            for (part in (0 until 2_000).chunked(500)) roadbook.logAll(part.map { TaskDraft(subject = "task $it") })
        }
        pickUp(name)
        tap(R.string.search)
        RandomAccessFile(store(name), "rw").use {
            for (page in 20 until it.length() / PAGE) {
                it.seek(page * PAGE)
                it.write(ByteArray(PAGE) { 0x55 })
            }
        }
        var task = 0
        waitFor("the damage to be found") {
            // Each search reads what is not in memory; the field goes when one has found it.
            runCatching { ui.onNode(hasTestTag("search")).performTextReplacement("task ${task++}") }
            find(words(R.string.salvage)).isNotEmpty()
        }
    }

    private fun store(name: String) = home(name).resolve("roadbook/roadbook.sqlite")

    /** Everything that waits is sent and fetched. */
    protected fun syncNow() = runBlocking { check(roadbook.sync().finished) }

    /** All that can be read at present, for a message that helps. */
    protected fun readable(): List<String> =
        ui.onAllNodes(SemanticsMatcher("any") { true }).fetchSemanticsNodes().flatMap { node ->
            node.config.getOrElseNullable(SemanticsProperties.Text) { null }.orEmpty().map { it.text } +
                listOfNotNull(node.config.getOrElseNullable(SemanticsProperties.EditableText) { null }?.text)
        }

    /**
     * Keeps a picture of the screen, or of the dialog or menu on it, once it shows no names that are still looked for.
     */
    protected fun shot(name: String) {
        waitFor("all names on $name") {
            ui.waitForIdle()
            readable().none(NO_NAME_YET::containsMatchIn)
        }
        val file = File(checkNotNull(System.getProperty("screenshots")), "$name.png")
        file.parentFile?.mkdirs()
        val above = ui.onAllNodes(isDialog() or (isPopup() and hasAnyDescendant(hasClickAction())))
        val shown = if (above.fetchSemanticsNodes().isEmpty()) ui.onAllNodes(isRoot())[0] else above[0]
        val picture = shown.captureToImage().asAndroidBitmap()
        file.outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    private fun find(text: String) = ui.onAllNodes(hasText(text) or hasContentDescription(text)).fetchSemanticsNodes()

    /** Whether it is there, or a lazy list brings it in. */
    private fun reach(matcher: SemanticsMatcher): Boolean {
        if (ui.onAllNodes(matcher).fetchSemanticsNodes().isNotEmpty()) return true
        val lists = ui.onAllNodes(hasScrollAction() and SemanticsMatcher.keyIsDefined(SemanticsActions.ScrollToIndex))
        for (index in lists.fetchSemanticsNodes().indices) {
            runCatching { lists[index].performScrollToNode(matcher) }
                .onSuccess {
                    return true
                }
        }
        return false
    }

    private fun scroll(node: SemanticsNodeInteraction) {
        runCatching { node.performScrollTo() }
    }

    private companion object {
        const val PATIENCE_MILLIS = 20_000L
        val NO_NAME_YET = Regex("(^|[ ：])…")
        /** Of the store's file, in bytes. */
        const val PAGE = 4096
    }
}
