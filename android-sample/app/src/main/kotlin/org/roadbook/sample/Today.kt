package org.roadbook.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.ExtendedFloatingActionButton
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.SnackbarResult
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalResources
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import java.time.Instant
import java.time.LocalDate
import java.time.temporal.ChronoUnit
import kotlin.math.abs
import kotlinx.coroutines.launch
import org.roadbook.*

/** What is overdue, due and coming; one tap logs it. */
@Composable
fun Today() {
    val navigator = LocalNavigator.current
    val actions = rememberActions()
    val log = rememberLog(actions)
    val today = rememberToday()
    val next by watching(today) { observeNextActions(today) }
    val status by watching { observeStatus() }
    val drafts = LocalPhone.current.drafts
    val unfinished = remember { drafts.unfinished() }
    Page(
        stringResource(R.string.today),
        actions = { TextButton({ navigator.go(Place.VISITS) }) { Text(stringResource(R.string.all_visits)) } },
        button = {
            ExtendedFloatingActionButton({ navigator.go(Place.ACCOUNT_FORM) }) {
                Icon(painterResource(R.drawable.ic_add), contentDescription = null)
                Spacer(Modifier.width(12.dp))
                Text(stringResource(R.string.new_account))
            }
        },
    ) { padding ->
        val list = next ?: return@Page
        LazyColumn(Modifier.padding(padding).fillMaxSize()) {
            item { Waiting(status) }
            item { ErrorLine(actions.error, Modifier.padding(16.dp)) }
            if (unfinished.isNotEmpty()) item { Heading(stringResource(R.string.unfinished)) }
            items(unfinished, key = { "$it" }) { Unfinished(it) }
            if (list.isEmpty()) item { Empty(stringResource(R.string.today_empty), Modifier.fillParentMaxHeight(0.7f)) }
            for ((urgency, title) in URGENCIES) {
                val group = list.filter { it.urgency == urgency }
                if (group.isEmpty()) continue
                item {
                    val late = urgency == Urgency.OVERDUE
                    Heading(
                        stringResource(title, group.size),
                        color = if (late) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.primary,
                    )
                }
                items(group, key = { "${it.source} ${it.record}" }) { NextLine(it, today, log) }
            }
            // The button must not cover the last line's own.
            item { Spacer(Modifier.height(88.dp)) }
        }
    }
}

private val URGENCIES =
    listOf(Urgency.OVERDUE to R.string.overdue, Urgency.DUE to R.string.due, Urgency.COMING to R.string.coming)

/** What waits for a decision of this member. */
@Composable
private fun Waiting(status: Status?) {
    val navigator = LocalNavigator.current
    val ended by LocalPhone.current.ended.collectAsStateWithLifecycle()
    val conflicts = status?.conflicts ?: 0L
    val proposals = status?.proposals ?: 0L
    Column(
        Modifier.padding(horizontal = 16.dp, vertical = 4.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        if (ended == StopReason.UNAUTHORISED) {
            Banner(
                stringResource(R.string.stopped_unauthorised),
                Tone.GRAVE,
                action = {
                    TextButton({ navigator.go(Place.ENROL) }) { Text(stringResource(R.string.enrol)) }
                },
            )
        }
        if (conflicts > 0) {
            Banner(
                stringResource(R.string.conflicts_wait, conflicts),
                action = {
                    TextButton({ navigator.go(Place.CONFLICTS) }) { Text(stringResource(R.string.decide)) }
                },
            )
        }
        if (proposals > 0) {
            Banner(
                stringResource(R.string.proposals_wait, proposals),
                action = {
                    TextButton({ navigator.go(Place.REVIEW) }) { Text(stringResource(R.string.review)) }
                },
            )
        }
    }
}

/** A form that was left half-written: who was interrupted need not remember where she began it. */
@Composable
private fun Unfinished(form: Screen) {
    val navigator = LocalNavigator.current
    val draft = LocalPhone.current.drafts.of("$form")
    val kind = checkNotNull(form.place.form)
    // What an edit's draft holds is any part of the record.
    val typed =
        entriesOf(kind.name)
            .filter { form.id == null && it.shape is Shape.Line }
            .firstNotNullOfOrNull { draft[it.field.name]?.takeIf(String::isNotBlank) }
            ?.upTo(LONGEST_TITLE)
    val about = (form.id ?: form.account)?.let { titleOf(it) }
    Line(
        typed ?: about ?: kind.label.here(),
        listOfNotNull(kind.label.here(), about.takeIf { typed != null }).joinToString(stringResource(R.string.dot)),
        onClick = { navigator.go(form) },
    )
}

private const val LONGEST_TITLE = 100

/** Logs a next action and says so; the line itself may be gone by then. */
@Composable
private fun rememberLog(actions: Actions): (NextAction, String) -> Unit {
    val navigator = LocalNavigator.current
    val roadbook = LocalRoadbook.current
    val snackbar = LocalSnackbar.current
    val resources = LocalResources.current
    val scope = rememberCoroutineScope()
    return { next, name ->
        actions.run {
            val visit = roadbook.logNow(next)
            scope.launch {
                val more = if (visit == null) null else resources.getString(R.string.details)
                val answer = snackbar.showSnackbar(resources.getString(R.string.logged, name), more)
                if (answer == SnackbarResult.ActionPerformed && visit != null) navigator.go(Place.VISIT_FORM, visit)
            }
        }
    }
}

@Composable
private fun NextLine(next: NextAction, today: LocalDate, log: (NextAction, String) -> Unit) {
    val navigator = LocalNavigator.current
    val task by watching(next.record) { observe(TaskRecord, next.record) }
    val name = next.accountName ?: task?.subject ?: stringResource(R.string.not_here)
    val logLabel = stringResource(R.string.log_for, name)
    Line(
        if (next.source == Source.TASK) task?.subject ?: name else name,
        listOfNotNull(
                // First what is not to be cut off by large text.
                dueWords(next, today),
                stringResource(sourceWords(next.source)),
                next.accountName?.takeIf { next.source == Source.TASK },
                next.maturity?.label?.here(),
            )
            .joinToString(stringResource(R.string.dot)),
        record = next.record,
        onClick = {
            val account = next.account
            if (next.source == Source.TASK || account == null) navigator.go(Place.TASK_FORM, next.record)
            else navigator.go(Place.ACCOUNT, account)
        },
    ) {
        FilledTonalButton(
            { log(next, name) },
            Modifier.semantics { contentDescription = logLabel },
        ) {
            Text(stringResource(if (next.source == Source.TASK) R.string.done else R.string.log))
        }
    }
}

/** Logs what a next action asks for: a task is done, a planned visit takes place, anything else is a visit of now. */
private suspend fun Roadbook.logNow(next: NextAction): RecordId? {
    val now = Instant.ofEpochMilli(System.currentTimeMillis())
    when (next.source) {
        Source.TASK -> edit(get(TaskRecord, next.record)) { status = TaskStatus.Done }
        Source.PLANNED -> edit(get(Visit, next.record)) { checkInAt = now }
        Source.CADENCE,
        Source.PROMISED ->
            return log(
                VisitDraft(
                    account = checkNotNull(next.account),
                    mode = VisitMode.Phone,
                    checkInAt = now,
                    checkOutAt = now,
                )
            )
    }
    return next.record.takeIf { next.source == Source.PLANNED }
}

private fun sourceWords(source: Source): Int =
    when (source) {
        Source.CADENCE -> R.string.source_cadence
        Source.PROMISED -> R.string.source_promised
        Source.PLANNED -> R.string.source_planned
        Source.TASK -> R.string.source_task
    }

@Composable
fun dueWords(next: NextAction, today: LocalDate): String {
    val late = ChronoUnit.DAYS.between(next.dueTo, today)
    return when (next.urgency) {
        Urgency.OVERDUE -> stringResource(R.string.days_late, abs(late))
        Urgency.DUE -> stringResource(R.string.until, next.dueTo.near(today)).unbroken()
        Urgency.COMING -> stringResource(R.string.from, next.dueFrom.near(today)).unbroken()
    }
}

@Composable
private fun LocalDate.near(today: LocalDate): String =
    when (this) {
        today -> stringResource(R.string.day_today)
        today.plusDays(1) -> stringResource(R.string.day_tomorrow)
        else -> short()
    }
