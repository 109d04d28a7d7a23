package org.roadbook.sample

import android.location.Location
import android.location.LocationManager
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*
import org.robolectric.Shadows.shadowOf

/** Where a visit was made: positions that come, come late, or are of somewhere else. */
class CheckInTest : AppTest() {
    private val positions
        get() = shadowOf(app.getSystemService(LocationManager::class.java))

    /** Checked in on a new visit's form, while the phone looks for its position. */
    private fun checkIn(before: () -> Unit = {}) {
        allowLocation()
        positions.setProviderEnabled(LocationManager.GPS_PROVIDER, true)
        pickUp("wang")
        newAccount("百草堂")
        before()
        tap(Visit.label.en)
        tap(R.string.check_in)
        see(R.string.place_searching)
    }

    private fun positionComes() {
        val fix =
            Location(LocationManager.GPS_PROVIDER).apply {
                latitude = 30.25
                longitude = 120.17
                accuracy = 12f
            }
        fix.time = System.currentTimeMillis()
        fix.elapsedRealtimeNanos = android.os.SystemClock.elapsedRealtimeNanos()
        positions.simulateLocation(fix)
    }

    @Test
    fun `a position that comes after the visit was saved goes into that visit, and into no other`() {
        checkIn()
        type("purpose", "first")
        save()
        see("first")
        tap(Visit.label.en)
        tap(R.string.check_in)
        positionComes()
        seePart("within 12 m") // of the second check-in, which looked for it, too
        waitFor("the first one's") {
            ui.waitForIdle()
            runBlocking { roadbook.list(Visit).single().checkInPoint != null }
        }
        tap(R.string.discard_draft)
        see(R.string.check_in)
        runBlocking { assertEquals(GeoPoint(30.25, 120.17, 12.0), roadbook.list(Visit).single().checkInPoint) }
    }

    @Test
    fun `a position that comes after its check-in was given up goes nowhere`() {
        checkIn()
        tap(R.string.discard_draft)
        see(R.string.check_in)
        positionComes()
        type("purpose", "second")
        save()
        see("second")
        runBlocking { assertNull(roadbook.list(Visit).single().checkInPoint) }
    }

    @Test
    fun `a check-in takes the position with its accuracy`() {
        checkIn()
        positionComes()
        seePart("within 12 m")
        tap(R.string.check_out)
        save()
        waitFor("the visit") { runBlocking { roadbook.count(Query(Visit)) == 1L } }
        runBlocking {
            val visit = roadbook.list(Visit).single()
            assertEquals(GeoPoint(30.25, 120.17, 12.0), visit.checkInPoint)
            assertNotNull(visit.checkOutAt)
        }
    }

    /** A phone that checks in 12 m about 30.25, 120.17. */
    private fun checkInOf(account: GeoPoint) {
        checkIn { runBlocking { roadbook.edit(roadbook.list(Account).single()) { location = account } } }
        positionComes()
        seePart("within 12 m")
    }

    @Test
    fun `who checks in elsewhere is asked why, and the reason and the notes outlive the process`() {
        checkInOf(GeoPoint(30.26, 120.17))
        see(R.string.elsewhere)
        type("check_in_reason", "met at the trade fair")
        seeNot(words(R.string.elsewhere))
        type("notes", "two lines\nof notes")
        waitFor("both on disk") {
            drafts().any { "trade fair" in it.readText() && "notes" in it.readText() }
        }
        restart("wang")
        tap("met at the trade fair") // half-written
        see("met at the trade fair")
        save()
        waitFor("the visit") { runBlocking { roadbook.count(Query(Visit)) == 1L } }
        runBlocking {
            val visit = roadbook.list(Visit).single()
            assertEquals(false to "met at the trade fair", visit.checkInInside to visit.checkInReason)
            assertEquals("two lines\nof notes", visit.notes)
        }
    }

    @Test
    fun `who checks in at the account is asked nothing, as far as the position is accurate`() {
        checkInOf(GeoPoint(30.25, 120.1722)) // 211 m
        seeNot(words(R.string.elsewhere))
        seeNot(Visit.Fields.checkInReason.label.en)
        save()
        waitFor("the visit") { runBlocking { roadbook.list(Visit).singleOrNull()?.checkInInside == true } }
    }

    @Test
    fun `that a check-in was elsewhere may be found after the visit was saved, and is asked then`() {
        checkIn {
            runBlocking { roadbook.edit(roadbook.list(Account).single()) { location = GeoPoint(30.26, 120.17) } }
        }
        type("purpose", "first")
        save()
        see("first")
        positionComes()
        waitFor("the finding") {
            ui.waitForIdle()
            runBlocking { roadbook.list(Visit).single().checkInInside == false }
        }
        tap("first")
        see(R.string.elsewhere)
        see(Visit.Fields.checkInReason.label.en)
    }
}
