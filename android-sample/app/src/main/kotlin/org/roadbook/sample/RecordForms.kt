package org.roadbook.sample

import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts.RequestMultiplePermissions
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Card
import androidx.compose.material3.FilledTonalButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import kotlinx.coroutines.delay
import org.roadbook.*

@Composable
fun AccountForm(screen: Screen) {
    val navigator = LocalNavigator.current
    val opened: (RecordId) -> Unit = { if (screen.id == null) navigator.below(Screen(Place.ACCOUNT, it)) }
    RecordForm(screen, Account, accountEntries, { AccountDraft(name = "") }, opened)
}

@Composable
fun ContactForm(screen: Screen) =
    RecordForm(screen, Contact, contactEntries, { ContactDraft(account = checkNotNull(screen.account), name = "") })

@Composable
fun OpportunityForm(screen: Screen) =
    RecordForm(
        screen,
        Opportunity,
        opportunityEntries,
        {
            OpportunityDraft(name = "", account = screen.account, stage = OpportunityStage.Lead)
        },
    )

@Composable
fun TaskForm(screen: Screen) =
    RecordForm(
        screen,
        TaskRecord,
        taskEntries,
        { TaskDraft(subject = "", account = screen.account, status = TaskStatus.Open) },
    )

@Composable
fun VisitForm(screen: Screen) {
    val contacts = contactOptions(screen)
    val entries = remember(contacts) { visitEntries(contacts) }
    val blank = { VisitDraft(account = checkNotNull(screen.account), mode = VisitMode.DoorVisit) }
    RecordForm(
        screen,
        Visit,
        entries,
        blank,
        above = { form ->
            AboutAccount(form.record?.account ?: screen.account)
            Visit.Fields.run {
                Card {
                    Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
                        Presence(form, R.string.check_in, R.string.checked_in, checkInAt, checkInPoint)
                        if (form[form.entry(checkInAt)].isNotEmpty()) {
                            Presence(form, R.string.check_out, R.string.checked_out, checkOutAt, checkOutPoint)
                        }
                    }
                }
            }
        },
    )
}

/** Check-in or check-out: the time at once, the place as soon as there is a fix, or never. */
@Composable
private fun Presence(
    form: FormState<Visit, VisitDraft>,
    ask: Int,
    done: Int,
    at: Field<Instant>,
    point: Field<GeoPoint>,
) {
    val positions = LocalPhone.current.positions
    val actions = rememberActions()
    val time = form[form.entry(at)].takeIf(String::isNotEmpty)
    var searched by remember { mutableStateOf(false) }
    val locate = {
        actions.run {
            positions.now()?.let { form[form.entry(point)] = it.toText() }
            searched = true
        }
    }
    val permission = rememberLauncherForActivityResult(RequestMultiplePermissions()) { locate() }
    if (time == null) {
        FilledTonalButton(
            {
                form[form.entry(at)] = Instant.ofEpochMilli(System.currentTimeMillis()).toString()
                if (positions.allowed) locate() else permission.launch(Positions.PERMISSIONS)
            },
            Modifier.fillMaxWidth(),
        ) {
            Text(stringResource(ask))
        }
        return
    }
    Text(stringResource(done, Instant.parse(time).short()), style = MaterialTheme.typography.bodyLarge)
    val place = form[form.entry(point)]
    val words =
        when {
            place.isNotEmpty() -> geoPoint(place).short()
            actions.running -> stringResource(R.string.place_searching)
            searched -> stringResource(R.string.place_none)
            else -> return
        }
    Text(words, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
}

@Composable
fun GiftForm(screen: Screen) {
    val contacts = contactOptions(screen)
    val entries = remember(contacts) { giftEntries(contacts) }
    val blank = { GiftNoteDraft(account = checkNotNull(screen.account), item = "", state = GiftNoteState.Planned) }
    RecordForm(
        screen,
        GiftNote,
        entries,
        blank,
        above = { form ->
            AboutAccount(form.record?.account ?: screen.account)
            WouldBreak(form)
            form.record?.let { Approval(form, it) }
        },
        below = { form -> RecipientsYear(form) },
    )
}

/** What was given to this recipient this year. */
@Composable
private fun RecipientsYear(form: FormState<GiftNote, GiftNoteDraft>) {
    val recipient = form[form.entry(GiftNote.Fields.recipient)].takeIf(String::isNotEmpty)?.let(::RecordId) ?: return
    val start = remember { LocalDate.now().withDayOfYear(1).atStartOfDay(ZoneId.systemDefault()).toInstant() }
    val given by
        watching(recipient) {
            observe(
                Query(GiftNote)
                    .where(GiftNote.Fields.recipient eq recipient)
                    .where(GiftNote.Fields.givenAt atLeast start)
            )
        }
    val sums =
        given
            .orEmpty()
            .mapNotNull { it.value }
            .groupBy { it.currency }
            .map { (c, all) -> Money(all.sumOf { it.amount }, c) }
    if (sums.isNotEmpty()) {
        Text(
            stringResource(R.string.given_this_year, sums.map { it.short() }.joinToString()),
            style = MaterialTheme.typography.bodyMedium,
        )
    }
}

/** The rules that the gift breaks as it is typed, and what forbids it: before anything is saved. */
@Composable
private fun WouldBreak(form: FormState<GiftNote, GiftNoteDraft>) {
    val roadbook = LocalRoadbook.current
    val (typed, wrong) = form.filled()
    var broken by remember { mutableStateOf(emptyList<Pair<Wording, Boolean>>()) }
    var first by remember { mutableStateOf(true) }
    LaunchedEffect(typed, form.loaded) {
        if (!first) delay(PAUSE)
        first = false
        val note = form.record
        broken =
            try {
                if (wrong.isNotEmpty()) emptyList()
                else {
                    val findings = if (note == null) roadbook.findings(typed) else roadbook.findings(note, typed)
                    findings.map { it.words to (it.severity == Severity.BLOCK) }
                }
            } catch (blocked: RoadbookException.Blocked) {
                listOf(blocked.words to true)
            } catch (_: RoadbookException) {
                // Not complete yet; saving says what is wrong.
                emptyList()
            }
    }
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        for ((words, grave) in broken) Banner(words.here(), grave = grave)
    }
}

/** While somebody types the rules are not asked, in milliseconds. */
private const val PAUSE = 300L

/** The approval state, and the manager's button. */
@Composable
private fun Approval(form: FormState<GiftNote, GiftNoteDraft>, note: GiftNote) {
    val manages by watching { managesFlow() }
    val member by watching { watch({ it.access }) { identity()?.member } }
    val me = member
    val approver = note.approver
    when {
        approver != null -> Banner(stringResource(R.string.approved_by, nameOf(approver)))
        note.state != GiftNoteState.Planned -> Unit
        manages == true && me != null ->
            OutlinedButton(
                {
                    form[form.entry(GiftNote.Fields.approver)] = me.value
                    form[form.entry(GiftNote.Fields.state)] = GiftNoteState.Approved.value
                },
                Modifier.fillMaxWidth(),
            ) {
                Text(stringResource(R.string.approve))
            }
        else -> Banner(stringResource(R.string.not_approved))
    }
}

@Composable
private fun AboutAccount(account: RecordId?) {
    if (account != null) Text(titleOf(account), style = MaterialTheme.typography.titleMedium)
}

/** The contacts of the account that a form's record hangs on. */
@Composable
private fun contactOptions(screen: Screen): List<Option> {
    val contacts by
        watching(screen) {
            watch({ it.concerns(Contact) }) {
                val account =
                    screen.account ?: screen.id?.let { find(Visit, it)?.account ?: find(GiftNote, it)?.account }
                if (account == null) emptyList()
                else list(Query(Contact).where(Contact.Fields.account eq account).ascending(Contact.Fields.name))
            }
        }
    return remember(contacts) { contacts.orEmpty().map { Option(it.id.value, Wording(it.name, it.name)) } }
}
