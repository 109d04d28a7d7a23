package org.roadbook.sample

import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.AssistChip
import androidx.compose.material3.AssistChipDefaults
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.material3.TopAppBarDefaults
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.State
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalConfiguration
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.LineBreak
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.compose.LocalLifecycleOwner
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.repeatOnLifecycle
import java.time.LocalDate
import java.util.Locale
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import org.roadbook.LedgerEntry
import org.roadbook.LedgerState
import org.roadbook.MemberId
import org.roadbook.RecordId
import org.roadbook.Roadbook
import org.roadbook.RoadbookException
import org.roadbook.StopReason
import org.roadbook.SyncState
import org.roadbook.Wording

/** The user's language and country, as the screen has it. */
val locale: Locale
    @Composable get() = LocalConfiguration.current.locales[0]

fun Wording.on(locale: Locale): String = if (locale.language == "zh") zh else en

@Composable fun Wording.here(): String = on(locale)

/**
 * What a flow of the store says last; null until it says something. A store that is closed or ended says nothing more.
 */
@Composable
fun <T> watching(vararg keys: Any?, flow: Roadbook.() -> Flow<T>): State<T?> {
    val roadbook = LocalRoadbook.current
    val phone = LocalPhone.current
    return remember(roadbook, *keys) { roadbook.flow().steadily(phone::damaged) }.collectAsStateWithLifecycle(null)
}

/** The day it is. It ends at midnight, or while the app is away; what is due is asked for again then. */
@Composable
fun rememberToday(): LocalDate {
    val phone = LocalPhone.current
    val owner = LocalLifecycleOwner.current
    var today by remember { mutableStateOf(phone.today()) }
    LaunchedEffect(phone, owner) {
        owner.lifecycle.repeatOnLifecycle(Lifecycle.State.STARTED) {
            while (true) {
                today = phone.today()
                delay(A_MINUTE) // clocks and zones are set, too
            }
        }
    }
    return today
}

private val A_MINUTE = 1.minutes

/** The first [most] characters, and never half of a pair. */
fun String.upTo(most: Int): String = if (length <= most) this else take(most).dropLastWhile(Char::isHighSurrogate)

/** Runs what a button does, outside the screen's life, and holds what went wrong. */
class Actions(private val phone: Phone) {
    var error by mutableStateOf<RoadbookException?>(null)
    var running by mutableStateOf(false)
        private set

    /** At most one at a time, so that a second tap saves nothing twice. */
    fun run(action: suspend () -> Unit) {
        if (running) return
        running = true
        error = null
        // On the main thread, where screens change; every call of the store leaves it by itself.
        phone.scope.launch(Dispatchers.Main) {
            try {
                action()
            } catch (damaged: RoadbookException.Damaged) {
                phone.damaged(damaged)
            } catch (failed: RoadbookException) {
                error = failed
            } finally {
                running = false
            }
        }
    }
}

@Composable
fun rememberActions(): Actions {
    val phone = LocalPhone.current
    return remember { Actions(phone) }
}

/** A screen with its title, the quiet sync mark, and a way back if it is not one of the bar's. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun Page(
    title: String,
    actions: @Composable RowScope.() -> Unit = {},
    button: @Composable () -> Unit = {},
    content: @Composable (PaddingValues) -> Unit,
) {
    val navigator = LocalNavigator.current
    Scaffold(
        topBar = {
            TopAppBar(
                title = {
                    Column {
                        Text(title, maxLines = 1, overflow = TextOverflow.Ellipsis)
                        SyncMark()
                    }
                },
                navigationIcon = {
                    if (navigator.screens.size > 1) {
                        IconButton(navigator::back) {
                            Icon(painterResource(R.drawable.ic_back), stringResource(R.string.back))
                        }
                    }
                },
                actions = actions,
                // Two lines, which large text makes higher than the bar.
                expandedHeight =
                    TopAppBarDefaults.TopAppBarExpandedHeight * LocalDensity.current.fontScale.coerceAtLeast(1f),
            )
        },
        floatingActionButton = button,
        content = content,
    )
}

/** One quiet line: whether this phone is connected, and how much waits. */
@Composable
private fun SyncMark() {
    val phone = LocalPhone.current
    val paused by phone.paused.collectAsStateWithLifecycle()
    val sync by watching { syncState }
    val status by watching { observeStatus() }
    val enrolled by watching { enrolledFlow() }
    val waits = status?.unsent ?: 0
    val state =
        when {
            enrolled == false -> stringResource(R.string.sync_alone)
            paused -> stringResource(R.string.sync_off)
            else -> syncWords(sync)
        }
    val line =
        when {
            waits == 0L -> state
            enrolled == true && !paused && sync == SyncState.Idle -> stringResource(R.string.sync_waiting, waits)
            else -> stringResource(R.string.sync_and_waiting, state, waits)
        }
    Text(
        line,
        style = MaterialTheme.typography.bodySmall,
        color = MaterialTheme.colorScheme.onSurfaceVariant,
        maxLines = 1,
        overflow = TextOverflow.Ellipsis,
    )
}

@Composable
fun syncWords(sync: SyncState?): String =
    when (sync) {
        null,
        SyncState.Idle -> stringResource(R.string.sync_idle)
        is SyncState.Syncing ->
            if (sync.toSend + sync.toReceive == 0L) stringResource(R.string.sync_running)
            else stringResource(R.string.sync_left, sync.toSend, sync.toReceive)
        is SyncState.Waiting ->
            when (sync.because) {
                is RoadbookException.Offline,
                is RoadbookException.Busy -> stringResource(R.string.sync_offline)
                else -> stringResource(R.string.sync_hindered)
            }
        is SyncState.Stopped ->
            stringResource(
                when (sync.because) {
                    StopReason.UNAUTHORISED -> R.string.stopped_unauthorised
                    StopReason.UPGRADE_REQUIRED -> R.string.stopped_upgrade
                    StopReason.RETIRED -> R.string.stopped_retired
                    StopReason.WIPED -> R.string.stopped_wiped
                }
            )
    }

/** Where this phone's latest change to a record is: saved, on its way, on the relay, with whom. */
@Composable
fun Where(record: RecordId, modifier: Modifier = Modifier) {
    val ledger by watching(record) { observeLedger(record) }
    val last = ledger?.maxByOrNull { rank(it.state) } ?: return
    val names by watching { namesFlow() }
    Text(
        whereWords(last, names),
        modifier,
        style = MaterialTheme.typography.bodySmall,
        color =
            if (last.state in trouble) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurfaceVariant,
    )
}

private val trouble = setOf(LedgerState.QUARANTINED, LedgerState.REFUSED)

/** A record is as far as its least advanced change. */
private fun rank(state: LedgerState): Int =
    when (state) {
        LedgerState.QUARANTINED -> 6
        LedgerState.REFUSED -> 5
        LedgerState.IN_REVIEW -> 4
        LedgerState.SAVED -> 3
        LedgerState.QUEUED -> 2
        LedgerState.ACCEPTED -> 1
        LedgerState.DELIVERED -> 0
    }

@Composable
private fun whereWords(entry: LedgerEntry, names: Map<MemberId, String>?): String =
    when (entry.state) {
        LedgerState.SAVED -> stringResource(R.string.where_saved)
        LedgerState.QUEUED -> stringResource(R.string.where_queued)
        LedgerState.QUARANTINED -> stringResource(R.string.where_quarantined)
        LedgerState.IN_REVIEW -> stringResource(R.string.where_in_review)
        LedgerState.REFUSED -> stringResource(R.string.where_refused)
        LedgerState.ACCEPTED -> stringResource(R.string.where_accepted)
        LedgerState.DELIVERED -> {
            val somebody = stringResource(R.string.somebody)
            // Nothing is claimed before it was looked for.
            val who = entry.deliveredTo.keys.map { if (names == null) "…" else names[it] ?: somebody }
            val since = entry.deliveredTo.values.min()
            stringResource(R.string.where_delivered, who.joinToString(stringResource(R.string.comma)), since.short())
        }
    }

/** What a banner's colour says. */
enum class Tone {
    GOOD,
    ATTENTION,
    GRAVE,
}

/** A coloured strip that says how something stands. */
@Composable
fun Banner(
    words: String,
    tone: Tone = Tone.ATTENTION,
    action: (@Composable () -> Unit)? = null,
    modifier: Modifier = Modifier,
) {
    val colours = MaterialTheme.colorScheme
    Surface(
        color =
            when (tone) {
                Tone.GOOD -> colours.primaryContainer
                Tone.ATTENTION -> colours.tertiaryContainer
                Tone.GRAVE -> colours.errorContainer
            },
        contentColor =
            when (tone) {
                Tone.GOOD -> colours.onPrimaryContainer
                Tone.ATTENTION -> colours.onTertiaryContainer
                Tone.GRAVE -> colours.onErrorContainer
            },
        shape = RoundedCornerShape(12.dp),
        modifier = modifier.fillMaxWidth(),
    ) {
        Row(
            Modifier.padding(start = 16.dp, end = if (action == null) 16.dp else 8.dp).heightIn(min = 48.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Text(
                words,
                Modifier.weight(1f).padding(vertical = 12.dp),
                style = MaterialTheme.typography.bodyMedium.even(),
            )
            action?.invoke()
        }
    }
}

/** What went wrong, where the eyes are; read aloud when it appears. */
@Composable
fun ErrorLine(error: RoadbookException?, modifier: Modifier = Modifier) {
    if (error == null) return
    Banner(error.clearly(), Tone.GRAVE, modifier = modifier.semantics { liveRegion = LiveRegionMode.Assertive })
}

/** Why somebody decides as they do. What is typed outlives the process, as a form's does. */
@Composable
fun Reason(draft: FormDraft) =
    OutlinedTextField(
        draft[REASON].orEmpty(),
        { draft[REASON] = it },
        Modifier.fillMaxWidth().testTag(REASON),
        label = { Text(stringResource(R.string.reason)) },
        maxLines = 4,
    )

/** Its name in a draft. */
const val REASON = "reason"

/** Nothing here: why, and what to do about it. */
@Composable
fun Empty(words: String, modifier: Modifier = Modifier, action: @Composable ColumnScope.() -> Unit = {}) {
    Box(modifier.fillMaxSize().padding(32.dp), contentAlignment = Alignment.Center) {
        Column(horizontalAlignment = Alignment.CenterHorizontally, verticalArrangement = Arrangement.spacedBy(16.dp)) {
            Text(
                words,
                textAlign = TextAlign.Center,
                style = MaterialTheme.typography.bodyLarge.even(),
                color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
            action()
        }
    }
}

/** Lines of one length: Chinese else leaves a single character on the last. */
private fun TextStyle.even() = copy(lineBreak = LineBreak.Heading)

@Composable
fun Heading(words: String, modifier: Modifier = Modifier, color: Color = MaterialTheme.colorScheme.primary) =
    Text(
        words,
        modifier.padding(start = 16.dp, end = 16.dp, top = 20.dp, bottom = 4.dp).semantics { heading() },
        style = MaterialTheme.typography.titleSmall,
        color = color,
    )

/** One record in a list. [end] is how far from the edge what trails it stands; a button of text has a margin itself. */
@Composable
fun Line(
    title: String,
    detail: String,
    modifier: Modifier = Modifier,
    record: RecordId? = null,
    onClick: (() -> Unit)? = null,
    end: Dp = 16.dp,
    trailing: @Composable RowScope.() -> Unit = {},
) {
    Row(
        modifier
            .fillMaxWidth()
            .then(if (onClick == null) Modifier else Modifier.clickable(onClick = onClick))
            .heightIn(min = 56.dp)
            .padding(start = 16.dp, end = end, top = 8.dp, bottom = 8.dp),
        horizontalArrangement = Arrangement.spacedBy(8.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(2.dp)) {
            Text(title, style = MaterialTheme.typography.bodyLarge, maxLines = 2, overflow = TextOverflow.Ellipsis)
            if (detail.isNotEmpty()) {
                Text(
                    detail,
                    style = MaterialTheme.typography.bodyMedium,
                    color = MaterialTheme.colorScheme.onSurfaceVariant,
                    maxLines = 3,
                    overflow = TextOverflow.Ellipsis,
                )
            }
            record?.let { Where(it) }
        }
        trailing()
    }
}

/** Hands a number to the phone's dialler. Where there is none, as on a tablet, the number stands there to be read. */
@Composable
fun Call(number: String, name: String? = null) {
    val context = LocalContext.current
    val dial = {
        try {
            context.startActivity(Intent(Intent.ACTION_DIAL, Uri.fromParts("tel", number, null)))
        } catch (_: ActivityNotFoundException) {
            // Nobody to call with.
        }
    }
    val words = stringResource(R.string.call, name ?: number)
    if (name != null)
        IconButton(dial, Modifier.semantics { contentDescription = words }) {
            Icon(painterResource(R.drawable.ic_call), null, tint = MaterialTheme.colorScheme.primary)
        }
    else
        AssistChip(
            dial,
            { Text(number.unbroken()) },
            Modifier.semantics { contentDescription = words },
            leadingIcon = {
                Icon(painterResource(R.drawable.ic_call), null, Modifier.size(AssistChipDefaults.IconSize))
            },
        )
}
