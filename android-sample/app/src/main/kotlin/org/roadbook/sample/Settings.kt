package org.roadbook.sample

import android.content.Intent
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.Button
import androidx.compose.material3.Card
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role as SemanticsRole
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import kotlin.math.abs
import org.roadbook.HistoryEntry
import org.roadbook.Identity
import org.roadbook.RecordId
import org.roadbook.RoadbookException
import org.roadbook.Status
import org.roadbook.SyncState
import org.roadbook.UnsentReason
import org.roadbook.Value
import org.roadbook.Verdict

/** How sync stands, what waits and why, and what ends things. */
@Composable
fun Settings() {
    val navigator = LocalNavigator.current
    val identity by watching { watch({ it.access || it.sync }) { listOfNotNull(identity()) } }
    val status by watching { observeStatus() }
    Page(stringResource(R.string.settings)) { padding ->
        Column(
            Modifier.padding(padding).verticalScroll(rememberScrollState()).padding(16.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp),
        ) {
            val known = identity ?: return@Column
            Who(known.firstOrNull())
            status?.let { HowSyncStands(it, known.isNotEmpty()) }
            WhatWaits()
            Rejected()
            Refused()
            OutlinedButton({ navigator.go(Place.CONFLICTS) }, Modifier.fillMaxWidth()) {
                Text(stringResource(R.string.conflicts))
            }
            OutlinedButton({ navigator.go(Place.REVIEW) }, Modifier.fillMaxWidth()) {
                Text(stringResource(R.string.review))
            }
            Wipe()
        }
    }
}

@Composable
private fun Who(identity: Identity?) {
    val navigator = LocalNavigator.current
    if (identity == null) {
        Text(stringResource(R.string.not_enrolled))
        Button({ navigator.go(Place.ENROL) }, Modifier.fillMaxWidth()) { Text(stringResource(R.string.enrol)) }
    } else {
        Column {
            Text(nameOf(identity.member), style = MaterialTheme.typography.titleMedium)
            Text(
                stringResource(R.string.workspace_at, identity.workspace, identity.relay),
                color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
        }
    }
}

@Composable
private fun HowSyncStands(status: Status, enrolled: Boolean) {
    val phone = LocalPhone.current
    val roadbook = LocalRoadbook.current
    val actions = rememberActions()
    val paused by phone.paused.collectAsStateWithLifecycle()
    val sync by watching { syncState }
    val waits = sync as? SyncState.Waiting
    Card {
        Column(Modifier.fillMaxWidth().padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            val why =
                when {
                    !enrolled -> stringResource(R.string.why_not_enrolled).takeIf { status.unsent > 0 }
                    paused -> stringResource(R.string.why_paused)
                    waits?.because is RoadbookException.Offline -> stringResource(R.string.error_offline)
                    waits != null -> waits.because.words.asSentence()
                    else -> syncWords(sync)
                }
            Text(
                stringResource(R.string.waiting_to_be_sent, status.unsent),
                style = MaterialTheme.typography.titleMedium,
            )
            why?.let { Text(it) }
            if (waits != null && !paused) Text(stringResource(R.string.next_try, waits.until.short()))
            status.syncedAt?.let { Text(stringResource(R.string.synced_at, it.short())) }
            if (status.behind > 0) Text(stringResource(R.string.behind, status.behind))
            if (status.inReview > 0) Text(stringResource(R.string.in_review, status.inReview))
            if (status.aside > 0) Text(stringResource(R.string.aside, status.aside))
            if (abs(status.clockOffsetSeconds) > CLOCK_TOLERANCE_SECONDS) {
                Banner(stringResource(R.string.clock_wrong, clockWords(status.clockOffsetSeconds)))
            }
            if (enrolled) {
                Row(
                    Modifier.fillMaxWidth().toggleable(!paused, role = SemanticsRole.Switch) { phone.setPaused(!it) },
                    verticalAlignment = Alignment.CenterVertically,
                ) {
                    Text(stringResource(R.string.sync_switch), Modifier.weight(1f))
                    Switch(!paused, onCheckedChange = null)
                }
                OutlinedButton(
                    { actions.run { roadbook.sync() } },
                    Modifier.fillMaxWidth(),
                    enabled = !actions.running,
                ) {
                    Text(stringResource(R.string.sync_now))
                }
                ErrorLine(actions.error)
            }
        }
    }
}

private const val CLOCK_TOLERANCE_SECONDS = 300

@Composable
private fun clockWords(seconds: Int): String {
    val minutes = abs(seconds) / 60
    return when {
        minutes >= 2 * 24 * 60 -> stringResource(R.string.days, minutes / (24 * 60))
        minutes >= 120 -> stringResource(R.string.hours, minutes / 60)
        else -> stringResource(R.string.minutes, minutes)
    }
}

/** What waits, record by record, and why. What was rejected has cards of its own. */
@Composable
private fun WhatWaits() {
    val unsent by watching { observeUnsent(MOST_LISTED) }
    val waiting = unsent.orEmpty().filter { it.because != UnsentReason.QUARANTINED }
    if (waiting.isEmpty()) return
    Card {
        Column(Modifier.fillMaxWidth().padding(vertical = 8.dp)) {
            Heading(stringResource(R.string.what_waits))
            for (one in waiting) {
                val title = titleOf(one.record, one.kind)
                Line(
                    if (one.changes > 0) title else stringResource(R.string.your_decision, title),
                    listOfNotNull(stringResource(reasonWords(one.because)), one.since?.short())
                        .joinToString(stringResource(R.string.dot)),
                )
            }
            if (unsent?.size == MOST_LISTED) Line(stringResource(R.string.and_more), "")
        }
    }
}

private const val MOST_LISTED = 20
private const val MOST_COUNTED = 10_000

private fun reasonWords(because: UnsentReason): Int =
    when (because) {
        UnsentReason.NOT_ENROLLED -> R.string.unsent_not_enrolled
        UnsentReason.UNAUTHORISED -> R.string.unsent_unauthorised
        UnsentReason.UPGRADE_REQUIRED -> R.string.unsent_upgrade
        UnsentReason.OFFLINE -> R.string.unsent_offline
        UnsentReason.NEXT_SYNC -> R.string.unsent_next_sync
        UnsentReason.QUEUED -> R.string.unsent_queued
        UnsentReason.QUARANTINED -> R.string.unsent_rejected
        UnsentReason.INCOMPLETE -> R.string.unsent_incomplete
        UnsentReason.UNVERIFIED -> R.string.unsent_unverified
    }

/** Records whose changes the relay does not take: everything else flows on. */
@Composable
private fun Rejected() {
    val roadbook = LocalRoadbook.current
    val rejected by watching { watch({ it.sync || it.concernsRecords }) { quarantined() } }
    for (one in rejected.orEmpty()) {
        key(one.record) {
            val words = stringResource(R.string.rejected, titleOf(one.record, one.kind), one.code)
            NotTaken(one.record, one.kind, one.changes, words) { roadbook.retry(one.record) }
        }
    }
}

/** What a reviewer refused: kept here until the rep gives it up. */
@Composable
private fun Refused() {
    val verdicts by watching { watch({ true }) { verdicts().filter { !it.accepted }.distinctBy { it.record } } }
    for (one in verdicts.orEmpty()) {
        key(one.record) {
            val words =
                stringResource(
                        R.string.refused_by,
                        titleOf(one),
                        listOfNotNull(nameOf(one.by), one.at?.short()).joinToString(" · "),
                        one.because.orEmpty(),
                    )
                    .trim()
            NotTaken(one.record, one.kind, one.kept, words, retry = null)
        }
    }
}

/** What a record is called; by who wrote it, if that was refused and is not to be seen any more. */
@Composable
fun titleOf(verdict: Verdict): String {
    val said by watching(verdict.record) { watch({ it.sync }) { export(verdict.record) } }
    return said?.let { keptTitle(verdict.kind, it) } ?: titleOf(verdict.record, verdict.kind)
}

private fun keptTitle(kind: String?, said: List<HistoryEntry>): String? =
    entriesOf(kind)
        .filter { it.shape is Shape.Line }
        .firstNotNullOfOrNull { entry -> (said.findLast { it.field == entry.field.name }?.to as? Value.Text)?.text }

/** Work that stays on this phone: it is read, handed on elsewhere, and given up. */
@Composable
private fun NotTaken(record: RecordId, kind: String?, changes: Long, words: String, retry: (suspend () -> Unit)?) {
    val actions = rememberActions()
    var asked by rememberSaveable { mutableStateOf(false) }
    Card {
        Column(Modifier.fillMaxWidth().padding(16.dp)) {
            Text(words)
            Row {
                if (retry != null) TextButton({ actions.run { retry() } }) { Text(stringResource(R.string.retry)) }
                TextButton({ asked = true }) { Text(stringResource(R.string.read_it)) }
            }
            ErrorLine(actions.error)
        }
    }
    if (asked) LastLook(record, kind, changes, words, actions) { asked = false }
}

/** The last chance to read it, or to copy or send it elsewhere. */
@Composable
private fun LastLook(
    record: RecordId,
    kind: String?,
    changes: Long,
    words: String,
    actions: Actions,
    close: () -> Unit,
) {
    val roadbook = LocalRoadbook.current
    val context = LocalContext.current
    val said by
        watching(record, changes) {
            watch({ it.sync || it.concernsRecords }) { if (changes > 0) export(record) else emptyList() }
        }
    val lines = said?.map { stringResource(R.string.field_is, fieldWords(kind, it.field), it.to.words(kind, it.field)) }
    AlertDialog(
        onDismissRequest = close,
        title = { Text(words) },
        text = {
            SelectionContainer {
                Column(Modifier.verticalScroll(rememberScrollState())) {
                    for (line in lines.orEmpty()) Text(line)
                    if (lines?.isEmpty() == true) Text(stringResource(R.string.nothing_kept))
                }
            }
        },
        confirmButton = {
            if (!lines.isNullOrEmpty()) {
                TextButton({
                    val text = (listOf(words) + lines).joinToString("\n")
                    val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)
                    context.startActivity(Intent.createChooser(send, null))
                }) {
                    Text(stringResource(R.string.export))
                }
            }
            TextButton(
                {
                    close()
                    actions.run { roadbook.discard(record) }
                },
                enabled = lines != null,
            ) {
                Text(stringResource(R.string.discard), color = MaterialTheme.colorScheme.error)
            }
        },
        dismissButton = { TextButton(close) { Text(stringResource(R.string.cancel)) } },
    )
}

/** Erases this phone, after saying what would be lost. */
@Composable
private fun Wipe() {
    val roadbook = LocalRoadbook.current
    val phone = LocalPhone.current
    val navigator = LocalNavigator.current
    val actions = rememberActions()
    var asked by rememberSaveable { mutableStateOf(false) }
    var lost by rememberSaveable { mutableIntStateOf(0) }
    ErrorLine(actions.error)
    TextButton(
        {
            actions.run {
                lost = roadbook.unsent(limit = MOST_COUNTED).size
                asked = true
            }
        },
        Modifier.fillMaxWidth(),
    ) {
        Text(stringResource(R.string.wipe), color = MaterialTheme.colorScheme.error)
    }
    if (!asked) return
    AlertDialog(
        onDismissRequest = { asked = false },
        title = { Text(stringResource(R.string.wipe_title)) },
        text = { Text(stringResource(if (lost > 0) R.string.wipe_loses else R.string.wipe_loses_nothing, lost)) },
        confirmButton = {
            TextButton({
                asked = false
                // Nothing is given up but what was said here.
                actions.run {
                    phone.wipe(giveUpUnsent = lost > 0)
                    navigator.top(Place.TODAY)
                }
            }) {
                Text(stringResource(R.string.wipe_confirm), color = MaterialTheme.colorScheme.error)
            }
        },
        dismissButton = { TextButton({ asked = false }) { Text(stringResource(R.string.cancel)) } },
    )
}
