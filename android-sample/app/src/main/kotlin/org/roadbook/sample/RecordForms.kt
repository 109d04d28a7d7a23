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
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import java.time.Instant
import org.roadbook.*

@Composable
fun AccountForm(screen: Screen) {
    val navigator = LocalNavigator.current
    val opened: (RecordId) -> Unit = { if (screen.id == null) navigator.below(Screen(Place.ACCOUNT, it)) }
    RecordForm(screen, Account, accountEntries, { AccountDraft(name = "") }, opened)
}

@Composable
fun ContactForm(screen: Screen) =
    RecordForm(
        screen,
        Contact,
        contactEntries,
        { ContactDraft(account = checkNotNull(screen.account), name = "") },
        above = { AboutAccount(it.record?.account ?: screen.account) },
    )

@Composable
fun OpportunityForm(screen: Screen) =
    RecordForm(
        screen,
        Opportunity,
        opportunityEntries,
        {
            OpportunityDraft(name = "", account = screen.account, stage = OpportunityStage.Lead)
        },
        above = { AboutAccount(it.record?.account ?: screen.account) },
    )

@Composable
fun TaskForm(screen: Screen) =
    RecordForm(
        screen,
        TaskRecord,
        taskEntries,
        { TaskDraft(subject = "", account = screen.account, status = TaskStatus.Open) },
        above = { AboutAccount(it.record?.account ?: screen.account) },
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
                        Presence(form, R.string.check_in, R.string.checked_in, checkInAt, checkInPoint, checkInInside)
                        Elsewhere(form)
                        if (form[form.entry(checkInAt)].isNotEmpty()) {
                            Presence(form, R.string.check_out, R.string.checked_out, checkOutAt, checkOutPoint)
                        }
                    }
                }
            }
        },
    )
}

/** Says, as soon as it is known, that the check-in was not at the account; the form has a field for the reason. */
@Composable
private fun Elsewhere(form: FormState<Visit, VisitDraft>) {
    val (visit, _) = form.filled()
    if (visit.checkInInside != false || !visit.checkInReason.isNullOrBlank()) return
    Text(
        stringResource(R.string.elsewhere),
        Modifier.semantics { liveRegion = LiveRegionMode.Polite },
        style = MaterialTheme.typography.bodyMedium,
        color = MaterialTheme.colorScheme.tertiary,
    )
}

/**
 * Check-in or check-out: the time at once, the place as soon as there is a fix, or never. [inside] is for whether that
 * is at the account.
 */
@Composable
private fun Presence(
    form: FormState<Visit, VisitDraft>,
    ask: Int,
    done: Int,
    at: Field<Instant>,
    point: Field<GeoPoint>,
    inside: Field<Boolean>? = null,
) {
    val roadbook = LocalRoadbook.current
    val positions = LocalPhone.current.positions
    val actions = rememberActions()
    val time = form[form.entry(at)].takeIf(String::isNotEmpty)
    var searched by remember { mutableStateOf(false) }
    val locate = {
        val (visit, said) = form.id to form[form.entry(at)]
        val account = form.filled().first.account
        actions.run {
            positions.now()?.let { fix ->
                val texts = mutableMapOf(form.entry(point) to fix.toText())
                if (inside != null) {
                    val there = roadbook.find(Account, account)?.location
                    if (there != null) texts[form.entry(inside)] = "${fix.isAt(there)}"
                }
                // By then the form may be saved, given up, or another visit's.
                form.late(roadbook, visit, form.entry(at), said, texts)
            }
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
fun AboutAccount(account: RecordId?) {
    if (account != null) Text(titleOf(account), style = MaterialTheme.typography.titleMedium)
}

/** The contacts of the account that a form's record hangs on. */
@Composable
fun contactOptions(screen: Screen): List<Option> {
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
