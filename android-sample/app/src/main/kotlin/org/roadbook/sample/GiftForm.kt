package org.roadbook.sample

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
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
import java.time.ZoneId
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flowOf
import org.roadbook.*

@Composable
fun GiftForm(screen: Screen) {
    val contacts = contactOptions(screen)
    val manages by watching { managesFlow() }
    val stored by watching(screen.id) { screen.id?.let { observe(GiftNote, it) } ?: flowOf(null) }
    val typed = LocalPhone.current.drafts.of("$screen")
    val refused =
        (typed[GiftNote.Fields.state.name] ?: stored?.state?.value) == GiftNoteState.Declined.value &&
            (typed[GiftNote.Fields.approver.name] ?: stored?.approver?.value) != null
    val entries =
        remember(contacts, stored, manages, refused) {
            giftEntries(contacts, statesFor(stored, refused), decides = manages == true)
        }
    val blank = { GiftNoteDraft(account = checkNotNull(screen.account), item = "", state = GiftNoteState.Planned) }
    RecordForm(
        screen,
        GiftNote,
        entries,
        blank,
        above = { form ->
            AboutAccount(form.record?.account ?: screen.account)
            val rules = rememberRules(form)
            if (rules != null) {
                WouldBreak(rules)
                WhereApprovalIs(form, rules, mayDecide = manages == true && form.record != null)
            }
        },
        below = { form -> RecipientsYear(form) },
    )
}

/** What a member may set by hand. An approval is given by its button, and what was refused is not given after all. */
private fun statesFor(note: GiftNote?, refused: Boolean): List<Option> =
    GiftNoteState.all
        .filter {
            when (it) {
                GiftNoteState.Approved -> note?.state == it
                GiftNoteState.Given -> note?.approval(needed = true) != Approval.REFUSED
                else -> true
            }
        }
        .map { if (it == GiftNoteState.Declined && refused) Option(it.value, REFUSED) else it.option() }

/** The state is the same whoever says no; in Chinese the word for it is not. */
private val REFUSED = Wording(GiftNoteState.Declined.label.en, "未批准")

/** What became of it, in a word. */
fun GiftNote.stateLabel(): Wording? = if (approval(needed = true) == Approval.REFUSED) REFUSED else state?.label

/** What counts for this recipient this year, as the core's rules count it: what was not declined or given back. */
@Composable
private fun RecipientsYear(form: FormState<GiftNote, GiftNoteDraft>) {
    val recipient = form[form.entry(GiftNote.Fields.recipient)].takeIf(String::isNotEmpty)?.let(::RecordId) ?: return
    val year = rememberToday().year
    val counted by
        watching(recipient, year) {
            watch({ it.concerns(GiftNote) }) {
                list(Query(GiftNote).where(GiftNote.Fields.recipient eq recipient).page(MANY)).filter {
                    it.countsIn(year)
                }
            }
        }
    val sums =
        counted
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

private const val MANY = 1_000

private fun GiftNote.countsIn(year: Int): Boolean =
    state != GiftNoteState.Declined &&
        state != GiftNoteState.Returned &&
        (givenAt ?: plannedAt ?: info.createdAt).atZone(ZoneId.systemDefault()).year == year

/** What the rules say about a gift: those that it breaks, and one that forbids it. */
private data class Rules(val broken: List<Finding> = emptyList(), val forbids: Wording? = null)

/** Asked as it is typed, before anything is saved; null until there is something to ask about. */
@Composable
private fun rememberRules(form: FormState<GiftNote, GiftNoteDraft>): Rules? {
    val roadbook = LocalRoadbook.current
    val (typed, wrong) = form.filled()
    var rules by remember { mutableStateOf<Rules?>(null) }
    var first by remember { mutableStateOf(true) }
    LaunchedEffect(typed, form.record) {
        if (!first) delay(PAUSE)
        first = false
        val note = form.record
        rules =
            try {
                if (wrong.isNotEmpty()) null
                else Rules(if (note == null) roadbook.findings(typed) else roadbook.findings(note, typed))
            } catch (blocked: RoadbookException.Blocked) {
                Rules(forbids = blocked.words)
            } catch (_: RoadbookException) {
                // Not complete yet; saving says what is wrong.
                null
            }
    }
    return rules
}

/** While somebody types the rules are not asked, in milliseconds. */
private const val PAUSE = 300L

@Composable
private fun WouldBreak(rules: Rules) {
    if (rules.broken.isEmpty() && rules.forbids == null) return
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        for (finding in rules.broken) Banner(finding.words.asSentence(), finding.tone)
        rules.forbids?.let { Banner(it.asSentence(), Tone.GRAVE) }
    }
}

val Finding.tone: Tone
    get() = if (severity == Severity.BLOCK) Tone.GRAVE else Tone.ATTENTION

/** Where a gift is on its way through approval. */
enum class Approval {
    /** No rule asks for one. */
    NOT_NEEDED,
    /** A rule asks for one, and nobody has decided. */
    NEEDED,
    GIVEN,
    REFUSED,
}

private fun approval(state: GiftNoteState?, approver: MemberId?, needed: Boolean): Approval =
    when {
        approver != null && state in setOf(GiftNoteState.Approved, GiftNoteState.Given) -> Approval.GIVEN
        approver != null && state == GiftNoteState.Declined -> Approval.REFUSED
        needed -> Approval.NEEDED
        else -> Approval.NOT_NEEDED
    }

fun GiftNote.approval(needed: Boolean): Approval = approval(state, approver, needed)

/** Whether a finding is more than a warning: then the gift needs an approver. */
val Finding.asksForApproval: Boolean
    get() = severity != Severity.WARN

/** Gifts of which a rule asks for an approval that nobody has given or refused. */
suspend fun Roadbook.giftsThatWait(): List<GiftNote> =
    findings()
        .filter { it.asksForApproval }
        .flatMap { it.notes }
        .distinct()
        .mapNotNull { find(GiftNote, it) }
        .filter { it.approval(needed = true) == Approval.NEEDED }

/** Where the approval is, and the manager's buttons. */
@Composable
private fun WhereApprovalIs(form: FormState<GiftNote, GiftNoteDraft>, rules: Rules, mayDecide: Boolean) {
    val identity by watching { watch({ it.access }) { identity()?.member } }
    val me = identity
    val (gift, _) = form.filled()
    when (approval(gift.state, gift.approver, rules.broken.any { it.asksForApproval })) {
        Approval.GIVEN -> Banner(stringResource(R.string.approved_by, nameOf(gift.approver)), Tone.GOOD)
        Approval.REFUSED -> Banner(stringResource(R.string.declined_by, nameOf(gift.approver)), Tone.GRAVE)
        Approval.NEEDED ->
            if (mayDecide && me != null) Decide(gift) { state -> decide(form, me, state) }
            else Banner(stringResource(R.string.not_approved))
        Approval.NOT_NEEDED ->
            if (rules.forbids == null && gift.recipient != null) Quiet(stringResource(R.string.approval_not_needed))
    }
    if (gift.approver != form.record?.approver) Quiet(stringResource(R.string.decision_unsaved))
    if (!mayDecide) gift.approverRemark?.let { Quiet(it) }
}

private fun decide(form: FormState<GiftNote, GiftNoteDraft>, me: MemberId, state: GiftNoteState) {
    form[form.entry(GiftNote.Fields.state)] = state.value
    form[form.entry(GiftNote.Fields.approver)] = me.value
}

@Composable
private fun Decide(gift: GiftNoteDraft, decide: (GiftNoteState) -> Unit) {
    Banner(stringResource(R.string.not_approved))
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        // What was given already stays given.
        val given = gift.state == GiftNoteState.Given
        FilledTonalButton({ decide(if (given) GiftNoteState.Given else GiftNoteState.Approved) }, Modifier.weight(1f)) {
            Text(stringResource(R.string.approve))
        }
        if (!given) {
            OutlinedButton({ decide(GiftNoteState.Declined) }, Modifier.weight(1f)) {
                Text(stringResource(R.string.decline))
            }
        }
    }
}

@Composable
private fun Quiet(words: String) =
    Text(words, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
