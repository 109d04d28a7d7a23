package org.roadbook.sample

import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import org.roadbook.*

/**
 * A day of the team, for who manages it: what everyone did and has planned, rules that break, gifts that wait for
 * approval.
 */
@Composable
fun TeamDay() {
    val navigator = LocalNavigator.current
    val today = rememberToday()
    // None is today, whichever day that has become.
    var other by rememberSaveable { mutableStateOf<Long?>(null) }
    val day = other?.let(LocalDate::ofEpochDay) ?: today
    val step = { days: Long -> other = day.plusDays(days).takeIf { it != today }?.toEpochDay() }
    val visits by watching(day) { watch({ it.concerns(Visit) }) { visitsOf(day) } }
    val gifts by watching { watch({ it.concernsRecords }) { giftsThatWait() } }
    val findings by watching { observeFindings() }
    val names by watching { namesFlow() }
    val next by watching(today) { observeNextActions(today) }
    val overdue = next.orEmpty().filter { it.urgency == Urgency.OVERDUE }
    Page(stringResource(R.string.team)) { padding ->
        LazyColumn(Modifier.padding(padding).fillMaxSize()) {
            item {
                Row(
                    Modifier.fillMaxWidth().padding(horizontal = 8.dp),
                    verticalAlignment = Alignment.CenterVertically,
                ) {
                    IconButton({ step(-1) }) {
                        Icon(painterResource(R.drawable.ic_back), stringResource(R.string.day_before))
                    }
                    Text(
                        day.short(),
                        Modifier.weight(1f),
                        textAlign = TextAlign.Center,
                        style = MaterialTheme.typography.titleMedium,
                    )
                    IconButton({ step(1) }) {
                        Icon(painterResource(R.drawable.ic_next), stringResource(R.string.day_after))
                    }
                }
            }
            items(findings.orEmpty(), key = { "${it.subject} ${it.rule} ${it.breach} ${it.year}" }) {
                Banner(
                    stringResource(R.string.about, titleOf(it.subject), it.words.here()),
                    it.tone,
                    action = {
                        // The notes that count; what is wrong is in the last one.
                        it.notes.lastOrNull()?.let { note ->
                            TextButton({ navigator.go(Place.GIFT_FORM, note) }) { Text(stringResource(R.string.look)) }
                        }
                    },
                    modifier = Modifier.padding(horizontal = 16.dp, vertical = 4.dp),
                )
            }
            if (gifts.orEmpty().isNotEmpty()) item { Heading(stringResource(R.string.gifts_wait)) }
            items(gifts.orEmpty(), key = { it.id.value }) { gift ->
                val detail =
                    listOfNotNull(nameOf(gift.info.createdBy), gift.recipient?.let { titleOf(it) }, gift.value?.short())
                Line(
                    gift.item,
                    detail.joinToString(stringResource(R.string.dot)),
                    record = gift.id,
                    onClick = { navigator.go(Place.GIFT_FORM, gift.id) },
                )
            }
            val people = names ?: return@LazyColumn
            val all = visits ?: return@LazyColumn
            if (all.isEmpty()) {
                item {
                    Text(
                        stringResource(R.string.team_empty),
                        Modifier.padding(start = 16.dp, end = 16.dp, top = 20.dp),
                        color = MaterialTheme.colorScheme.onSurfaceVariant,
                    )
                }
            }
            val byMember = all.groupBy { it.info.createdBy }
            // Also of whoever is not in the team any more.
            for (member in people.keys + byMember.keys) {
                val theirs = byMember[member].orEmpty()
                val done = theirs.count { it.checkInAt != null }
                item {
                    Heading(
                        stringResource(
                            R.string.member_visits,
                            people[member] ?: stringResource(R.string.somebody),
                            done,
                            theirs.size - done,
                        )
                    )
                }
                items(theirs, key = { it.id.value }) { VisitLine(it) { navigator.go(Place.VISIT_FORM, it.id) } }
            }
            if (overdue.isNotEmpty()) {
                item {
                    Heading(stringResource(R.string.overdue, overdue.size), color = MaterialTheme.colorScheme.error)
                }
            }
            items(overdue, key = { "${it.source} ${it.record}" }) { action ->
                val detail = listOf(nameOf(action.owner), dueWords(action, today))
                Line(
                    action.accountName ?: titleOf(action.record),
                    detail.joinToString(stringResource(R.string.dot)),
                    record = action.record,
                    onClick = action.account?.let { account -> { navigator.go(Place.ACCOUNT, account) } },
                )
            }
        }
    }
}

private const val MOST = 500

/** Those that took place, then those that are planned and did not. */
private suspend fun Roadbook.visitsOf(day: LocalDate): List<Visit> =
    // One may be checked in between the two reads, or not be any more.
    (list(Query(Visit).on(day, Visit.Fields.checkInAt)) +
            list(Query(Visit).where(Visit.Fields.checkInAt eq null).on(day, Visit.Fields.plannedAt)))
        .distinctBy { it.id }

private fun Query<Visit>.on(day: LocalDate, time: Field<Instant>): Query<Visit> {
    val zone = ZoneId.systemDefault()
    return where(time atLeast day.atStartOfDay(zone).toInstant())
        .where(time below day.plusDays(1).atStartOfDay(zone).toInstant())
        .ascending(time)
        .page(MOST)
}
